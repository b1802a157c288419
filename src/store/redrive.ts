import type { Pool, PoolClient } from 'pg'
import type { DeadLetterKey } from '../domain/ids.ts'
import { leaseMs } from '../domain/notification.ts'
import { type RedrivableLetter, type RedrivePace, redriveSlices } from '../domain/redrive.ts'
import type { Channel, ProviderChannel, Tier } from '../domain/words.ts'
import type { Database } from './database.ts'
import {
  conditionsOf,
  type DeadLetterFilter,
  keysSql,
  type NextValue,
  newestFirst,
  nextValue,
} from './dead-letter-filter.ts'
import type { LogWrites } from './log-engine.ts'
import { insertSlices } from './slices.ts'

export interface Redriven {
  readonly count: number
  /** Those whose deliveries are under way again. */
  readonly notificationIds: readonly string[]
}

/** So many are redriven in one transaction. */
const batch = 1000

/**
 * Those that can be tried again, newest first. Not those: the inbox item that could not be rendered (nothing of it was
 * ever in a slice), what nobody can tell the recipients of, what a provider had taken and could not deliver (the address is
 * the trouble), and deliveries of a notification that is cancelled, past its deadline, or sensitive and done (its data is
 * gone).
 */
export async function findRedrivable(
  pool: Pool,
  filter: DeadLetterFilter,
  limit: number,
): Promise<readonly DeadLetterKey[]> {
  const values: unknown[] = []
  const next = nextValue(values)
  const { rows } = await pool.query<{ notification_id: string; recipient_id: string; channel: Channel | '' }>(
    `SELECT d.notification_id, d.recipient_id, d.channel ${redrivable(filter, next)}
      ORDER BY ${newestFirst} LIMIT ${next(limit)}`,
    values,
  )
  return rows.map((row) => ({
    notificationId: row.notification_id,
    recipientId: row.recipient_id || null,
    channel: row.channel || null,
  }))
}

/**
 * Tries dead letters again, in this order: each is a dead letter no longer, but a delivery of an open slice. What cannot
 * be tried again (any more) is left alone, and not counted.
 */
export async function redrive(
  { log }: Pick<Database, 'log'>,
  keys: readonly DeadLetterKey[],
  perSecond: number,
): Promise<Redriven> {
  const notificationIds = new Set<string>()
  let count = 0
  for (let from = 0; from < keys.length; from += batch) {
    const some = keys.slice(from, from + batch)
    const taken = await log.commit((client, writes) => redriveBatch(client, writes, some, perSecond))
    for (const { notificationId } of taken) notificationIds.add(notificationId)
    count += taken.length
  }
  return { count, notificationIds: [...notificationIds] }
}

async function redriveBatch(
  client: PoolClient,
  writes: LogWrites,
  keys: readonly DeadLetterKey[],
  perSecond: number,
): Promise<readonly DeadLetterKey[]> {
  // One at a time: each begins where the one before it ends, so that together they keep the pace, too.
  await client.query(`SELECT pg_advisory_xact_lock(hashtext('carillon redrive'))`)
  const { deliveries, notifications } = await takeLetters(client, writes, keys)
  const slices = redriveSlices(deliveries, { startOf: await readStarts(client), perSecond })
  if (slices.length > 0) {
    await insertSlices(
      client,
      slices.map(({ slice }) => slice),
    )
    await client.query(
      `UPDATE slice SET correction = c.correction
        FROM unnest($1::text[], $2::jsonb[]) AS c (id, correction) WHERE slice.id = c.id`,
      [slices.map(({ slice }) => slice.id), slices.map(({ correction }) => JSON.stringify(correction))],
    )
  }
  await forgetLetters(client, [...deliveries, ...notifications])
  await writes.forgetFailures(deliveries)
  await reopen(client, deliveries, notifications)
  return [...deliveries, ...notifications]
}

interface Row {
  readonly notification_id: string
  readonly recipient_id: string
  readonly channel: ProviderChannel | ''
  readonly page: number
  readonly at: Date
  readonly tier: Tier
}

interface Taken {
  readonly deliveries: readonly RedrivableLetter[]
  /** Those that could not be expanded. */
  readonly notifications: readonly DeadLetterKey[]
}

/** Locks the letters and, against an end or a cancellation at the same time, their notifications. */
async function takeLetters(client: PoolClient, writes: LogWrites, keys: readonly DeadLetterKey[]): Promise<Taken> {
  const values: unknown[] = []
  const next = nextValue(values)
  const { rows } = await client.query<Row>(
    `SELECT d.notification_id, d.recipient_id, d.channel, d.page, d.at, n.tier
      ${redrivable({ keys }, next)} ORDER BY ${newestFirst} FOR UPDATE OF d, n`,
    values,
  )
  const letters = rows.flatMap(({ notification_id: notificationId, recipient_id: recipientId, channel, ...letter }) =>
    channel === '' ? [] : [{ ...letter, notificationId, recipientId, channel }],
  )
  const attempts = await writes.readAttempts(letters)
  return {
    deliveries: letters.map((letter, index) => {
      return { ...letter, attempts: Math.max(0, ...(attempts[index] ?? []).map(({ attempt }) => attempt)) }
    }),
    notifications: rows.flatMap(({ notification_id: notificationId, channel }) =>
      channel === '' ? [{ notificationId, channel: null, recipientId: null }] : [],
    ),
  }
}

function redrivable(filter: DeadLetterFilter, next: NextValue): string {
  const conditions = [
    ...conditionsOf(filter, next),
    'd.expires_at > now()',
    'n.expires_at > now()',
    `n.state <> 'CANCELLED'`,
    `(d.channel = '' OR (d.channel <> 'IN_APP' AND d.recipient_id <> ''))`,
    'NOT d.reported',
    // Of versions that did not note it with the letter.
    `NOT EXISTS (SELECT FROM delivery v WHERE v.reported
      AND (v.notification_id, v.recipient_id, v.channel) = (d.notification_id, d.recipient_id, d.channel))`,
    `NOT (n.state = 'DONE' AND EXISTS (SELECT FROM template_version t
      WHERE t.name = n.template AND t.version = n.template_version AND t.sensitive))`,
  ]
  return `FROM dead_letter d JOIN notification n ON n.id = d.notification_id WHERE ${conditions.join(' AND ')}`
}

/** Each lane starts now, or a second after the last redriven deliveries of it that have not been handed out yet. */
async function readStarts(client: PoolClient): Promise<RedrivePace['startOf']> {
  const { rows } = await client.query<{ now: Date; tier: Tier; channel: ProviderChannel; last: Date }>(
    `SELECT now.now, lane.tier, lane.channel, lane.last FROM (SELECT now()) AS now LEFT JOIN (
        SELECT tier, channel, max(due_at) AS last FROM slice WHERE open AND reason = 'redrive' AND generation = 0
        GROUP BY tier, channel
      ) AS lane ON true`,
  )
  const now = rows[0]?.now ?? new Date()
  return (tier, channel) => {
    const last = rows.find((row) => row.tier === tier && row.channel === channel)?.last
    return new Date(Math.max(now.getTime(), last === undefined ? 0 : last.getTime() + 1000))
  }
}

async function forgetLetters(client: PoolClient, keys: readonly DeadLetterKey[]): Promise<void> {
  const values: unknown[] = []
  const named = keysSql(keys, nextValue(values))
  await client.query(`DELETE FROM dead_letter WHERE (notification_id, recipient_id, channel) IN (${named})`, values)
}

/** What was done is under way again, until the relay finds that its slices have closed. */
async function reopen(
  client: PoolClient,
  deliveries: readonly DeadLetterKey[],
  notifications: readonly DeadLetterKey[],
): Promise<void> {
  await client.query(
    `UPDATE notification SET state = 'DELIVERING', funnel = NULL, done_at = NULL, generation = 0, faults = 0,
        due_at = now() + make_interval(secs => $2)
      WHERE id = ANY($1) AND state = 'DONE'`,
    [deliveries.map(({ notificationId }) => notificationId), leaseMs(0) / 1000],
  )
  await client.query(
    // Its generation goes on: with one that it has had, its messages would be taken for repeats.
    `UPDATE notification SET state = CASE pages WHEN 0 THEN 'ACCEPTED' ELSE 'FANNING_OUT' END, funnel = NULL,
        done_at = NULL, faults = 0, due_at = now()
      WHERE id = ANY($1) AND state IN ('DELIVERING', 'DONE')`,
    [notifications.map(({ notificationId }) => notificationId)],
  )
}
