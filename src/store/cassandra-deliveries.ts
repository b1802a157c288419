import type { DeliveryKey } from '../domain/ids.ts'
import { type Month, monthBefore, monthOf, monthOfNotification, oldestMonth } from '../domain/log-months.ts'
import { outranks } from '../domain/report.ts'
import type { Channel, DeliveryState } from '../domain/words.ts'
import { type Cassandra, type CassandraRow, type CassandraWrite, dateOf, numberOf, textOf } from './cassandra.ts'
import { bucketOf, buckets } from './cassandra-bucket.ts'
import type { Delivery } from './deliveries.ts'
import type { LoggedDelivery } from './delivery-log.ts'
import type { Time } from './inbox-log-head.ts'
import type { StoredDelivery } from './log-engine.ts'
import type { DeliveryReport } from './reports.ts'
import type { UserDeliveryPosition } from './user-deliveries.ts'

/*
 * What ranks higher is a row of its own, so nothing has to be read before it is written, and nothing that is written late
 * replaces what it must not.
 */
const told = { believed: 0, accepted: 1, reported: 2, item: 3 } as const

/** Stands where a failure has been forgotten: a row that is deleted would be a tombstone. */
const forgottenState = 'FORGOTTEN'

const columns = 'user_id, month, notification_id, channel, told, state, reason, provider, updated_at'
const insert = `INSERT INTO deliveries_by_user (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) USING TTL ? AND TIMESTAMP ?`

export function* deliveryWrites(delivery: LoggedDelivery, time: Time): Generator<CassandraWrite> {
  const { channel, state, reason, provider, updatedAt } = delivery
  const rank = state === 'SENT' || state === 'DELIVERED' ? told.accepted : told.believed
  yield rowWrite(delivery, rank, { state, reason, provider, updatedAt }, microseconds(updatedAt), time)
  if (channel === 'IN_APP') yield inboxDeliveryWrite(delivery, rank, time)
}

function inboxDeliveryWrite(delivery: LoggedDelivery, rank: number, { retentionMs }: Time): CassandraWrite {
  const { notificationId, recipientId, state, reason, updatedAt } = delivery
  const bucket = bucketOf(recipientId)
  const key = [notificationId, bucket, recipientId, rank]
  return {
    text: `INSERT INTO inbox_delivery (notification_id, bucket, recipient_id, told, state, reason, updated_at)
      VALUES (?, ?, ?, ?, ?, ?, ?) USING TTL ? AND TIMESTAMP ?`,
    values: [...key, state, reason ?? '', updatedAt, Math.ceil(retentionMs / 1000), microseconds(updatedAt)],
    partition: `inbox ${bucket} ${notificationId}`,
  }
}

const allBuckets = Array.from({ length: buckets }, (_, bucket) => bucket)

/** What has been logged of a notification's inbox items, by recipient, behind one. */
export async function listInboxDeliveries(
  cassandra: Cassandra,
  notificationId: string,
  behind: string,
  limit: number,
): Promise<readonly LoggedDelivery[]> {
  const rows = await Promise.all(
    allBuckets.map((bucket) =>
      cassandra.rows(
        `SELECT recipient_id, told, state, reason, updated_at FROM inbox_delivery
          WHERE notification_id = ? AND bucket = ? AND recipient_id > ? LIMIT ?`,
        [notificationId, bucket, behind, limit * 2],
      ),
    ),
  )
  return highest(rows.flat())
    .map((row) => ({
      notificationId,
      recipientId: String(row['recipient_id']),
      channel: 'IN_APP' as const,
      state: row['state'] as DeliveryState,
      reason: textOf(row['reason']),
      provider: null,
      updatedAt: dateOf(row['updated_at']) ?? new Date(0),
    }))
    .sort((a, b) => (a.recipientId < b.recipientId ? -1 : 1))
    .slice(0, limit)
}

/** Reads all of them: those of a broadcast are as many as have shown up. */
export async function countInboxDeliveries(
  cassandra: Cassandra,
  notificationId: string,
): Promise<ReadonlyMap<DeliveryState, number>> {
  const counts = new Map<DeliveryState, number>()
  for (const bucket of allBuckets) {
    const rows = await cassandra.rows(
      'SELECT recipient_id, told, state FROM inbox_delivery WHERE notification_id = ? AND bucket = ?',
      [notificationId, bucket],
    )
    for (const row of highest(rows)) {
      const state = row['state'] as DeliveryState
      counts.set(state, (counts.get(state) ?? 0) + 1)
    }
  }
  return counts
}

/** Of each recipient what ranks highest, which comes last. */
function highest(rows: readonly CassandraRow[]): readonly CassandraRow[] {
  return [...new Map(rows.map((row) => [row['recipient_id'], row])).values()]
}

export function forgottenWrite(key: DeliveryKey, at: Date, time: Time): CassandraWrite {
  const row = { state: forgottenState, reason: null, provider: null, updatedAt: at }
  return rowWrite(key, told.believed, row, microseconds(at), time)
}

/** The timestamp is the rank of the state: a later report never has a lower one. */
export function reportWrite(report: DeliveryReport, time: Time): CassandraWrite {
  const { state, reason, provider, at } = report
  const lower = (['SENT', 'DELIVERED', 'FAILED'] as const).filter((other) => outranks(state, other)).length
  return rowWrite(report, told.reported, { state, reason, provider, updatedAt: at }, 1 + lower, time)
}

interface ToldRow {
  readonly state: string
  readonly reason: string | null
  readonly provider: string | null
  readonly updatedAt: Date
}

function rowWrite(
  { notificationId, recipientId, channel }: DeliveryKey,
  rank: number,
  { state, reason, provider, updatedAt }: ToldRow,
  timestamp: number,
  { retentionMs }: Time,
): CassandraWrite {
  const month = monthOfNotification(notificationId)
  const key = [recipientId, month, notificationId, channel, rank]
  return {
    text: insert,
    // An empty reason is none: left out, one from before would stay. A provider that is not known does stay.
    values: [...key, state, reason ?? '', provider ?? undefined, updatedAt, Math.ceil(retentionMs / 1000), timestamp],
    partition: `user ${month} ${recipientId}`,
  }
}

function microseconds(at: Date): number {
  return at.getTime() * 1000
}

/** What is known of a notification's deliveries to these recipients, on any channel, in no order. */
export async function readDeliveries(
  cassandra: Cassandra,
  notificationId: string,
  recipientIds: readonly string[],
): Promise<readonly StoredDelivery[]> {
  const month = monthOfNotification(notificationId)
  const rows = await Promise.all(
    recipientIds.map((recipientId) =>
      cassandra.rows(
        `SELECT ${columns} FROM deliveries_by_user WHERE user_id = ? AND month = ? AND notification_id = ?`,
        [recipientId, month, notificationId],
      ),
    ),
  )
  return rows.flatMap((each) => resolved(each.filter((row) => row['told'] !== told.item)))
}

/** See `listDeliveriesOf` of the engine. */
export async function listDeliveriesOf(
  cassandra: Cassandra,
  userId: string,
  after: UserDeliveryPosition | undefined,
  limit: number,
  time: Time,
): Promise<readonly Delivery[]> {
  const found: Delivery[] = []
  for (const month of monthsBack(after, time)) {
    let from = after?.notificationId ?? maxId
    for (let isLast = false; !isLast && found.length < limit; ) {
      const size = rowsOfNotification + limit * 2
      const rows = await cassandra.rows(
        `SELECT ${columns} FROM deliveries_by_user WHERE user_id = ? AND month = ? AND notification_id <= ? LIMIT ?`,
        [userId, month, from, size],
      )
      isLast = rows.length < size
      // The last notification may go on behind what was read.
      const cut = isLast ? undefined : String(rows.at(-1)?.['notification_id'])
      const whole = rows.filter((row) => row['notification_id'] !== cut)
      found.push(
        ...resolved(whole)
          .map(plain)
          .filter((each) => isBehind(each, after)),
      )
      from = cut ?? from
    }
    if (found.length >= limit) break
  }
  return found.slice(0, limit)
}

/** Four channels, each of which may be told of in four ways. */
const rowsOfNotification = 16
const maxId = '\u{10ffff}'

/** The months in which her notifications can be, newest first. */
function* monthsBack(after: UserDeliveryPosition | undefined, { now, retentionMs }: Time): Generator<Month> {
  // By a clock that is ahead of ours, a notification may be of tomorrow.
  const soon = monthOf(new Date(now.getTime() + 86_400_000))
  const oldest = monthBefore(oldestMonth(now, retentionMs))
  const first = (after && monthOfNotification(after.notificationId)) || soon
  for (let month = Math.min(first, soon); month >= oldest; month = monthBefore(month)) yield month
}

function isBehind({ notificationId, channel }: DeliveryKey, after: UserDeliveryPosition | undefined): boolean {
  if (after === undefined || notificationId < after.notificationId) return true
  return notificationId === after.notificationId && channel > after.channel
}

/** One of each delivery: what ranks highest. An inbox item stands back behind all that is told of it. */
export function resolved(rows: readonly CassandraRow[]): readonly StoredDelivery[] {
  const best = new Map<string, CassandraRow>()
  for (const row of rows) {
    if (row['state'] === forgottenState) continue
    const key = `${row['notification_id']} ${row['channel']} ${row['user_id']}`
    const other = best.get(key)
    if (other === undefined || rankOf(row) > rankOf(other)) best.set(key, row)
  }
  return [...best.values()].map((row) => ({
    notificationId: String(row['notification_id']),
    recipientId: String(row['user_id']),
    channel: row['channel'] as Channel,
    state: row['state'] as DeliveryState,
    reason: textOf(row['reason']),
    deferredUntil: null,
    provider: textOf(row['provider']),
    updatedAt: dateOf(row['updated_at']) ?? new Date(0),
    reported: row['told'] === told.reported,
  }))
}

function rankOf(row: CassandraRow): number {
  const rank = numberOf(row['told'])
  return rank === told.item ? -1 : rank
}

function plain({ reported: _reported, ...delivery }: StoredDelivery): Delivery {
  return delivery
}
