import { isDeepStrictEqual } from 'node:util'
import type { Pool } from 'pg'
import type { InboxItem } from '../domain/inbox-item.ts'
import { type InboxMonth, isUnread, type Month, monthOf, oldestMonth } from '../domain/log-months.ts'
import type { Cassandra } from './cassandra.ts'
import { attemptWrites, readAttempts } from './cassandra-attempts.ts'
import { deliveryWrite, readDeliveries, reportWrite } from './cassandra-deliveries.ts'
import { scan } from './cassandra-inbox.ts'
import { outboxWrites } from './cassandra-writes.ts'
import type { CopyStep } from './copy-log.ts'
import type { LoggedAttempt, LoggedDelivery } from './delivery-log.ts'
import { inboxItemColumns } from './inbox-columns.ts'
import type { Time } from './inbox-log-head.ts'
import type { InboxEntry } from './log-outbox.ts'
import type { DeliveryReport } from './reports.ts'

/** The steps from PostgreSQL to Cassandra. Each compares what it has written with what it was to write. */
export function stepsToCassandra(pool: Pool, cassandra: Cassandra, now: Date): readonly CopyStep[] {
  const time: Time = { now, retentionMs: cassandra.settings.retentionMs }
  return [
    { name: 'inboxes', copy: (after) => copyInboxes(pool, cassandra, time, after) },
    { name: 'deliveries', copy: (after) => copyDeliveries(pool, cassandra, time, after) },
    { name: 'attempts', copy: (after) => copyAttempts(pool, cassandra, time, after) },
  ]
}

const usersAtOnce = 50

async function copyInboxes(pool: Pool, cassandra: Cassandra, time: Time, after: unknown) {
  const { rows } = await pool.query<{ user_id: string; seq: number }>(
    'SELECT user_id, seq::float8 AS seq FROM inbox_head WHERE user_id > $1 ORDER BY user_id LIMIT $2',
    [after ?? '', usersAtOnce],
  )
  let count = 0
  for (const { user_id: userId, seq } of rows) {
    const { rows: items } = await pool.query<InboxItem>(
      `SELECT ${inboxItemColumns} FROM inbox_item WHERE user_id = $1 ORDER BY created_seq`,
      [userId],
    )
    const { months, monthOfItem } = monthsOf(items)
    const kept = months.filter(({ month }) => month >= oldestMonth(time.now, time.retentionMs))
    const keptItems = items.filter((_item, index) => kept.some(({ month }) => month === monthOfItem[index]))
    const entries = items.flatMap((item, index) => {
      const month = monthOfItem[index]
      return month === undefined || !keptItems.includes(item) ? [] : entriesOf(item, month)
    })
    await cassandra.write(outboxWrites({ inboxes: { [userId]: entries }, deliveries: [], forgotten: undefined }, time))
    const unread = kept.reduce((sum, month) => sum + month.unread, 0)
    const head = { seq, unread, removedSeq: seq, months: kept, pending: [] }
    const written: InboxItem[] = []
    const all = {
      beforeSeq: Number.MAX_SAFE_INTEGER,
      first: 1000,
      howMany: () => Number.MAX_SAFE_INTEGER,
      counts: () => true,
    }
    for await (const item of scan(cassandra, userId, head, all)) written.push(item)
    if (!isDeepStrictEqual(written.toReversed(), keptItems))
      throw new Error('an inbox in Cassandra differs from its source')
    // What happened before cannot be told any more: a client reads the inbox once.
    await pool.query('UPDATE inbox_head SET unread = $2, removed_seq = seq, log = $3 WHERE user_id = $1', [
      userId,
      unread,
      JSON.stringify({
        months: kept.map(({ month, firstSeq, ...n }) => [month, firstSeq, n.unread, n.hidden, n.archived]),
        pending: [],
      }),
    ])
    count += items.length
  }
  return { count, next: rows.length < usersAtOnce ? undefined : rows.at(-1)?.user_id }
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

async function copyDeliveries(pool: Pool, cassandra: Cassandra, time: Time, after: unknown) {
  const from = Array.isArray(after) ? after : ['', '', '']
  const { rows } = await pool.query<LoggedDelivery & { readonly reported: boolean }>(
    `SELECT notification_id AS "notificationId", recipient_id AS "recipientId", channel, state, reason, provider,
        updated_at AS "updatedAt", reported
      FROM delivery WHERE (notification_id, recipient_id, channel) > ($1, $2, $3)
      ORDER BY notification_id, recipient_id, channel LIMIT ${rowsAtOnce}`,
    from,
  )
  await cassandra.write(rows.map((row) => (row.reported ? reportWrite(reportOf(row), time) : deliveryWrite(row, time))))
  for (const [id, each] of Map.groupBy(rows, ({ notificationId }) => notificationId)) {
    const written = await readDeliveries(cassandra, id, [...new Set(each.map(({ recipientId }) => recipientId))])
    const found = new Set(written.map((row) => `${row.recipientId} ${row.channel} ${row.state} ${row.reason}`))
    const isThere = each.every((row) => found.has(`${row.recipientId} ${row.channel} ${row.state} ${row.reason}`))
    if (!isThere) throw new Error(`deliveries of ${id} in Cassandra differ from their source`)
  }
  const last = rows.at(-1)
  const isOver = last === undefined || rows.length < rowsAtOnce
  return { count: rows.length, next: isOver ? undefined : [last.notificationId, last.recipientId, last.channel] }
}

function reportOf(row: LoggedDelivery): DeliveryReport {
  const { notificationId, recipientId, channel, reason, provider, updatedAt: at } = row
  if (row.state !== 'SENT' && row.state !== 'DELIVERED' && row.state !== 'FAILED') {
    throw new Error(`no provider tells ${row.state}`)
  }
  if (provider === null) throw new Error('a report has no provider')
  return { notificationId, recipientId, channel, state: row.state, reason, provider, at }
}

async function copyAttempts(pool: Pool, cassandra: Cassandra, time: Time, after: unknown) {
  const from = Array.isArray(after) ? after : ['', '', '', 0, '']
  const { rows } = await pool.query<LoggedAttempt>(
    `SELECT notification_id AS "notificationId", recipient_id AS "recipientId", channel, attempt, target, at, provider,
        outcome, code, latency_ms AS "latencyMs", provider_message_id AS "providerMessageId"
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
