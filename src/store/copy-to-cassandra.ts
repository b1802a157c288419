import { isDeepStrictEqual } from 'node:util'
import type { Pool } from 'pg'
import { type DeliveryKey, deliveryId } from '../domain/ids.ts'
import type { InboxItem } from '../domain/inbox-item.ts'
import { type InboxMonth, isUnread, type Month, monthOf, oldestMonth } from '../domain/log-months.ts'
import type { Cassandra } from './cassandra.ts'
import { attemptWrites, readAttempts } from './cassandra-attempts.ts'
import { deliveryWrites, forgottenWrite, readDeliveries, reportWrite } from './cassandra-deliveries.ts'
import { scan } from './cassandra-inbox.ts'
import { outboxWrites } from './cassandra-writes.ts'
import { copyInboxes, everyItem } from './copy-inboxes.ts'
import type { CopyStep } from './copy-log.ts'
import type { LoggedAttempt, LoggedDelivery } from './delivery-log.ts'
import { inboxItemColumns } from './inbox-columns.ts'
import type { LogHead, Time } from './inbox-log-head.ts'
import type { InboxEntry } from './log-outbox.ts'
import type { DeliveryReport } from './reports.ts'
import { inTransaction } from './transaction.ts'

/** The steps from PostgreSQL to Cassandra. Each compares what it has written with what it was to write. */
export function stepsToCassandra(pool: Pool, cassandra: Cassandra, now: Date): readonly CopyStep[] {
  const time: Time = { now, retentionMs: cassandra.settings.retentionMs }
  return [
    { name: 'inboxes', copy: copyInboxes(pool, (userId) => copyInbox(pool, cassandra, time, userId)) },
    { name: 'deliveries', copy: (after) => copyDeliveries(pool, cassandra, time, after) },
    { name: 'attempts', copy: (after) => copyAttempts(pool, cassandra, time, after) },
  ]
}

/** As it is at one instant, which its head then tells (`log.seq`): what changes after that is noted, and copied again. */
export async function copyInbox(pool: Pool, cassandra: Cassandra, time: Time, userId: string): Promise<number> {
  const { seq, items } = await readInbox(pool, userId)
  const { months, monthOfItem } = monthsOf(items)
  const oldest = oldestMonth(time.now, time.retentionMs)
  const kept = items.flatMap((item, index) => {
    const month = monthOfItem[index] ?? 0
    return month < oldest ? [] : [{ item, month }]
  })
  const entries = kept.flatMap(({ item, month }) => entriesOf(item, month))
  await cassandra.write(outboxWrites({ inboxes: { [userId]: entries }, deliveries: [], forgotten: undefined }, time))
  const there = months.filter(({ month }) => month >= oldest)
  await compare(
    cassandra,
    userId,
    { seq, unread: 0, removedSeq: 0, behind: undefined, months: there, pending: [] },
    kept,
  )
  const told = there.map(({ month, firstSeq, ...n }) => [month, firstSeq, n.unread, n.hidden, n.archived])
  await pool.query('UPDATE inbox_head SET log = $2 WHERE user_id = $1', [
    userId,
    JSON.stringify({ seq, months: told, pending: [] }),
  ])
  return items.length
}

function readInbox(pool: Pool, userId: string) {
  return inTransaction(pool, async (client) => {
    await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ')
    const { rows } = await client.query<{ seq: number }>(
      'SELECT seq::float8 AS seq FROM inbox_head WHERE user_id = $1',
      [userId],
    )
    const { rows: items } = await client.query<InboxItem>(
      `SELECT ${inboxItemColumns} FROM inbox_item WHERE user_id = $1 ORDER BY created_seq`,
      [userId],
    )
    return { seq: rows[0]?.seq ?? 0, items }
  })
}

async function compare(
  cassandra: Cassandra,
  userId: string,
  head: LogHead,
  kept: readonly { readonly item: InboxItem }[],
): Promise<void> {
  const written: InboxItem[] = []
  for await (const item of scan(cassandra, userId, head, everyItem)) written.push(item)
  const source = kept.map(({ item }) => item)
  if (!isDeepStrictEqual(written.toReversed(), source)) throw new Error('an inbox in Cassandra differs from its source')
}

/** By when they were sent, and never back. */
function monthsOf(items: readonly InboxItem[]) {
  const months: InboxMonth[] = []
  const monthOfItem: Month[] = []
  for (const item of items) {
    const before = months.at(-1)
    const month = Math.max(before?.month ?? 0, monthOf(item.sentAt))
    if (month !== before?.month) months.push({ month, firstSeq: item.createdSeq, unread: 0, hidden: 0, archived: 0 })
    const last = months.pop()
    if (last !== undefined) {
      months.push({
        ...last,
        unread: last.unread + Number(isUnread(item)),
        hidden: last.hidden + Number(item.readAt === null && item.archivedAt !== null),
        archived: last.archived + Number(item.archivedAt !== null),
      })
    }
    monthOfItem.push(month)
  }
  return { months, monthOfItem }
}

function entriesOf(item: InboxItem, month: Month): readonly InboxEntry[] {
  const { userId: _userId, createdSeq, changedSeq, readAt, archivedAt, sentAt, ...content } = item
  const added: InboxEntry = {
    kind: 'item',
    seq: createdSeq,
    month,
    item: {
      ...content,
      imageUrl: content.imageUrl ?? undefined,
      deepLink: content.deepLink ?? undefined,
      sentAt: sentAt.toISOString(),
    },
  }
  if (changedSeq === createdSeq) return [added]
  const marks = [month, createdSeq, readAt?.getTime() ?? 0, archivedAt?.getTime() ?? 0] as const
  return [added, { kind: 'change', seq: changedSeq, month, items: [marks] }]
}

const rowsAtOnce = 1000

type StoredRow = LoggedDelivery & { readonly reported: boolean }

const deliveryColumns = `notification_id AS "notificationId", recipient_id AS "recipientId", channel, state, reason, provider,
  updated_at AS "updatedAt", reported`

async function copyDeliveries(pool: Pool, cassandra: Cassandra, time: Time, after: unknown) {
  const { rows } = await pool.query<StoredRow>(
    `SELECT ${deliveryColumns} FROM delivery WHERE (notification_id, recipient_id, channel) > ($1, $2, $3)
      ORDER BY notification_id, recipient_id, channel LIMIT ${rowsAtOnce}`,
    Array.isArray(after) ? after : ['', '', ''],
  )
  await writeDeliveries(cassandra, rows, time)
  for (const [id, each] of Map.groupBy(rows, ({ notificationId }) => notificationId)) {
    const written = await readDeliveries(cassandra, id, [...new Set(each.map(({ recipientId }) => recipientId))])
    const told = (row: Pick<StoredRow, 'recipientId' | 'channel' | 'state' | 'reason'>) =>
      `${row.recipientId} ${row.channel} ${row.state} ${row.reason}`
    const found = new Set(written.map(told))
    if (!each.every((row) => found.has(told(row)))) throw new Error(`deliveries of ${id} in Cassandra differ`)
  }
  const last = rows.at(-1)
  const isOver = last === undefined || rows.length < rowsAtOnce
  return { count: rows.length, next: isOver ? undefined : [last.notificationId, last.recipientId, last.channel] }
}

async function writeDeliveries(cassandra: Cassandra, rows: readonly StoredRow[], time: Time): Promise<void> {
  await cassandra.write(
    rows.flatMap((row) => (row.reported ? [reportWrite(reportOf(row), time)] : [...deliveryWrites(row, time)])),
  )
}

/** Those that are not there any more have been forgotten: they are tried again. */
export async function copyDeliveriesAgain(
  pool: Pool,
  cassandra: Cassandra,
  time: Time,
  keys: readonly DeliveryKey[],
): Promise<void> {
  const now = new Date()
  const { rows } = await pool.query<StoredRow>(
    `SELECT ${deliveryColumns} FROM delivery WHERE (notification_id, recipient_id, channel)
      IN (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))`,
    valuesOf(keys),
  )
  const there = new Set(rows.map(deliveryId))
  await writeDeliveries(cassandra, rows, time)
  await cassandra.write(keys.filter((key) => !there.has(deliveryId(key))).map((key) => forgottenWrite(key, now, time)))
}

export async function copyAttemptsAgain(
  pool: Pool,
  cassandra: Cassandra,
  time: Time,
  keys: readonly DeliveryKey[],
): Promise<void> {
  const { rows } = await pool.query<LoggedAttempt>(
    `SELECT ${attemptColumns} FROM delivery_attempt WHERE (notification_id, recipient_id, channel)
      IN (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))`,
    valuesOf(keys),
  )
  await cassandra.write(rows.flatMap((row) => [...attemptWrites(row, time)]))
}

function valuesOf(keys: readonly DeliveryKey[]): unknown[] {
  return [keys.map((key) => key.notificationId), keys.map((key) => key.recipientId), keys.map((key) => key.channel)]
}

function reportOf(row: LoggedDelivery): DeliveryReport {
  const { notificationId, recipientId, channel, reason, provider, updatedAt: at } = row
  if (row.state !== 'SENT' && row.state !== 'DELIVERED' && row.state !== 'FAILED') {
    throw new Error(`no provider tells ${row.state}`)
  }
  if (provider === null) throw new Error('a report has no provider')
  return { notificationId, recipientId, channel, state: row.state, reason, provider, at }
}

const attemptColumns = `notification_id AS "notificationId", recipient_id AS "recipientId", channel, attempt, target, at, provider,
  outcome, code, latency_ms AS "latencyMs", provider_message_id AS "providerMessageId"`

async function copyAttempts(pool: Pool, cassandra: Cassandra, time: Time, after: unknown) {
  const from = Array.isArray(after) ? after : ['', '', '', 0, '']
  const { rows } = await pool.query<LoggedAttempt>(
    `SELECT ${attemptColumns}
      FROM delivery_attempt WHERE (notification_id, recipient_id, channel, attempt, target) > ($1, $2, $3, $4, $5)
      ORDER BY notification_id, recipient_id, channel, attempt, target LIMIT ${rowsAtOnce}`,
    from,
  )
  await cassandra.write(rows.flatMap((row) => [...attemptWrites(row, time)]))
  const written = (await readAttempts(cassandra, rows)).flat()
  if (written.length < rows.length) throw new Error('attempts are missing in Cassandra')
  const last = rows.at(-1)
  const isOver = last === undefined || rows.length < rowsAtOnce
  return {
    count: rows.length,
    next: isOver ? undefined : [last.notificationId, last.recipientId, last.channel, last.attempt, last.target],
  }
}
