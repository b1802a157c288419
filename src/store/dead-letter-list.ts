import type { Pool } from 'pg'
import type { DeadLetterKey } from '../domain/ids.ts'
import type { Channel } from '../domain/words.ts'
import { conditionsOf, type DeadLetterFilter, newestFirst, nextValue } from './dead-letter-filter.ts'
import type { KeptDeadLetter } from './dead-letters.ts'

/** Where a listing goes on: behind this letter. */
export type DeadLetterPosition = DeadLetterKey & Pick<KeptDeadLetter, 'at'>

/** Newest first. */
export async function listDeadLetters(
  pool: Pool,
  filter: DeadLetterFilter,
  after: DeadLetterPosition | undefined,
  limit: number,
): Promise<KeptDeadLetter[]> {
  const values: unknown[] = []
  const next = nextValue(values)
  const conditions = [
    ...conditionsOf(filter, next),
    ...(after === undefined
      ? []
      : [
          `(d.at, d.notification_id, d.recipient_id, d.channel)
            < (${next(after.at)}::timestamptz, ${next(after.notificationId)}, ${next(after.recipientId ?? '')}, ${next(after.channel ?? '')})`,
        ]),
  ]
  const { rows } = await pool.query<Row>(
    `SELECT d.notification_id, d.recipient_id, d.channel, d.provider, d.reason, d.attempts, d.at
      FROM dead_letter d ${where(conditions)} ORDER BY ${newestFirst} LIMIT ${next(limit)}`,
    values,
  )
  return rows.map(toDeadLetter)
}

export async function findDeadLetter(pool: Pool, key: DeadLetterKey): Promise<KeptDeadLetter | undefined> {
  const [found] = await listDeadLetters(pool, { keys: [key] }, undefined, 1)
  return found
}

/** Of more than so many it is only said that there are so many. */
const countedAtMost = 1_000_000

/** How many there are: exactly up to a million, counted from an index alone. */
export async function countDeadLetters(pool: Pool, filter: DeadLetterFilter): Promise<number> {
  const values: unknown[] = []
  const conditions = conditionsOf(filter, nextValue(values))
  const { rows } = await pool.query<{ count: number }>(
    `SELECT count(*)::int FROM (SELECT FROM dead_letter d ${where(conditions)} LIMIT ${countedAtMost}) AS counted`,
    values,
  )
  return rows[0]?.count ?? 0
}

function where(conditions: readonly string[]): string {
  return conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`
}

interface Row {
  readonly notification_id: string
  readonly recipient_id: string
  readonly channel: Channel | ''
  readonly provider: string | null
  readonly reason: string
  readonly attempts: number
  readonly at: Date
}

function toDeadLetter({ notification_id, recipient_id, channel, ...rest }: Row): KeptDeadLetter {
  return { ...rest, notificationId: notification_id, recipientId: recipient_id || null, channel: channel || null }
}
