import type { Pool, PoolClient } from 'pg'
import type { Counts } from '../domain/funnel.ts'
import type { Notification, Slice, SliceReason, SliceTarget } from '../domain/notification.ts'
import type { ProviderChannel, Tier } from '../domain/words.ts'
import type { Database } from './database.ts'
import { type KeptDeadLetter, writeDeadLetters } from './dead-letters.ts'
import { insertHeld } from './held.ts'
import type { ChangedHead, NewInboxItem } from './inbox-write.ts'
import type { LogWrites } from './log-engine.ts'
import { type NotificationRow, toNotification } from './notification-row.ts'

interface SliceRow {
  readonly id: string
  readonly notification_id: string
  readonly page: number
  readonly tier: Tier
  readonly channel: ProviderChannel
  readonly attempt: number
  readonly targets: SliceTarget[]
  readonly reason: SliceReason | null
  readonly due_at: Date
  readonly generation: number
}

/** A slice with the notification it belongs to, as it is now: cancelled or not. */
export interface SliceWork {
  readonly slice: Slice
  readonly createdAt: Date
  /** How often the relay has handed it out. */
  readonly generation: number
  readonly notification: Notification
}

/** An open slice; undefined when it has closed. */
export async function readOpenSlice(pool: Pool, sliceId: string): Promise<SliceWork | undefined> {
  const { rows } = await pool.query<{ slice: SliceRow; slice_due_at: Date; slice_created_at: Date } & NotificationRow>({
    name: 'read-open-slice',
    text: `SELECT to_jsonb(s) AS slice, s.due_at AS slice_due_at,
        s.created_at AS slice_created_at, n.* FROM slice s JOIN notification n ON n.id = s.notification_id
      WHERE s.id = $1 AND s.open`,
    values: [sliceId],
  })
  const [row] = rows
  return (
    row && {
      slice: toSlice({ ...row.slice, due_at: row.slice_due_at }),
      createdAt: row.slice_created_at,
      generation: row.slice.generation,
      notification: toNotification(row),
    }
  )
}

export async function insertSlices(client: PoolClient, slices: readonly Slice[]): Promise<void> {
  await client.query({
    name: 'insert-slices',
    text: `INSERT INTO slice (id, notification_id, page, tier, channel, attempt, targets, reason, due_at)
      SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::text[], $6::int[], $7::jsonb[], $8::text[],
        $9::timestamptz[])
      ON CONFLICT DO NOTHING`,
    values: [
      slices.map((each) => each.id),
      slices.map((each) => each.notificationId),
      slices.map((each) => each.page),
      slices.map((each) => each.tier),
      slices.map((each) => each.channel),
      slices.map((each) => each.attempt),
      slices.map((each) => JSON.stringify(each.targets)),
      slices.map((each) => each.reason),
      slices.map((each) => each.dueAt),
    ],
  })
  const quiet = slices.filter(({ reason }) => reason === 'quiet_hours').map(({ id }) => id)
  if (quiet.length > 0) await insertHeld(client, quiet)
}

export interface ClosedSlice {
  readonly sliceId: string
  readonly notificationId: string
  readonly counts: Counts
  readonly children: readonly Slice[]
  readonly deadLetters: readonly KeptDeadLetter[]
  /** What the inbox gets because no provider takes it. */
  readonly fallbackItems: readonly NewInboxItem[]
}

/** Closes a slice and opens what goes on, in one transaction. Undefined, and nothing changed, when it was closed already. */
export async function closeSlice(
  { pool, log }: Pick<Database, 'pool' | 'log'>,
  closed: ClosedSlice,
): Promise<{ readonly heads: readonly ChangedHead[] } | undefined> {
  const heads = await log.commit(async (client, writes) => {
    const { rows } = await client.query<{ page: number }>({
      name: 'close-slice',
      text: 'UPDATE slice SET open = false, closed_at = now(), counts = $2 WHERE id = $1 AND open RETURNING page',
      values: [closed.sliceId, JSON.stringify(closed.counts)],
    })
    const [slice] = rows
    if (slice === undefined) return undefined
    if (closed.children.length > 0) await insertSlices(client, closed.children)
    if (closed.deadLetters.length > 0) await writeDeadLetters(client, slice.page, closed.deadLetters)
    return closed.fallbackItems.length > 0 ? addFallbackItems(writes, closed.fallbackItems) : []
  })
  if (heads === undefined) return undefined
  await nudgeNotification(pool, closed.notificationId)
  return { heads }
}

/** Another channel of the notification may have fallen back before this one. */
async function addFallbackItems(writes: LogWrites, items: readonly NewInboxItem[]): Promise<readonly ChangedHead[]> {
  const missing = await writes.absentItems(items)
  await writes.logDeliveries(
    missing.map(({ notificationId, userId, sentAt }) => ({
      notificationId,
      recipientId: userId,
      channel: 'IN_APP',
      state: 'SENT',
      reason: 'inbox_fallback',
      provider: null,
      updatedAt: sentAt,
    })),
  )
  return writes.addInboxItems(missing)
}

/**
 * Lets the relay finish a notification now when none of its slices is open any more. After the commit, on purpose:
 * of two slices that close at once, the later one sees the other closed. Should it be lost, the relay looks again
 * by itself.
 */
async function nudgeNotification(pool: Pool, notificationId: string): Promise<void> {
  await pool.query({
    name: 'nudge-notification',
    text: `UPDATE notification SET due_at = now() WHERE id = $1 AND state IN ('DELIVERING', 'CANCELLED') AND due_at > now()
      AND NOT EXISTS (SELECT FROM slice WHERE notification_id = $1 AND open)`,
    values: [notificationId],
  })
}

function toSlice(row: SliceRow): Slice {
  return {
    id: row.id,
    notificationId: row.notification_id,
    page: row.page,
    tier: row.tier,
    channel: row.channel,
    attempt: row.attempt,
    targets: row.targets,
    reason: row.reason,
    dueAt: row.due_at,
  }
}
