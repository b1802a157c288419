import type { Pool } from 'pg'
import type { ProviderChannel, Tier } from '../domain/words.ts'

export interface DueNotification {
  readonly id: string
  /** Its audience is expanded: it waits for its slices only. */
  readonly expanded: boolean
  readonly pages: number
  readonly generation: number
}

export interface DueSlice {
  readonly id: string
  readonly channel: ProviderChannel
  readonly generation: number
}

/** By how long a row is put off when it is handed out: `leaseMs` of ../domain/notification.ts, in SQL. */
const lease = `interval '5 seconds' * (2 ^ least(generation, 4))`

const pausedNotifications = `SELECT c.notification_id FROM campaign c JOIN notification n ON n.id = c.notification_id
  WHERE c.paused_at IS NOT NULL AND n.state NOT IN ('DONE', 'CANCELLED')`

/** Takes notifications that have fallen due, oldest first. Several relays may: nobody gets what another one has. */
export async function takeDueNotifications(pool: Pool, tier: Tier, limit: number): Promise<DueNotification[]> {
  const { rows } = await pool.query<DueNotification>({
    name: 'take-due-notifications',
    text: `UPDATE notification SET generation = generation + 1, due_at = now() + ${lease}
      WHERE id IN (SELECT id FROM notification WHERE tier = $1 AND due_at IS NOT NULL AND due_at <= now()
        ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED)
      RETURNING id, state IN ('DELIVERING', 'CANCELLED') AS expanded, pages, generation`,
    values: [tier, limit],
  })
  return rows
}

/** Takes open slices that have fallen due, oldest first; those of a campaign that is paused stay due. */
export async function takeDueSlices(pool: Pool, tier: Tier, limit: number): Promise<DueSlice[]> {
  const { rows } = await pool.query<DueSlice>({
    name: 'take-due-slices',
    text: `UPDATE slice SET generation = generation + 1, due_at = now() + ${lease}
      WHERE id IN (SELECT id FROM slice WHERE open AND tier = $1 AND due_at <= now()
          AND notification_id NOT IN (${pausedNotifications})
        ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED)
      RETURNING id, channel, generation`,
    values: [tier, limit],
  })
  return rows
}

/** What was taken and could not be handed on falls due again in a second. */
export async function giveBack(
  pool: Pool,
  notificationIds: readonly string[],
  sliceIds: readonly string[],
): Promise<void> {
  await pool.query(
    `UPDATE notification SET due_at = now() + interval '1 second' WHERE id = ANY($1) AND due_at IS NOT NULL`,
    [notificationIds],
  )
  await pool.query(`UPDATE slice SET due_at = now() + interval '1 second' WHERE id = ANY($1) AND open`, [sliceIds])
}
