import type { Pool } from 'pg'
import type { InboxItem } from '../domain/inbox-item.ts'
import { isUnread } from '../domain/log-months.ts'
import type { OutcomeKind } from '../domain/outcome.ts'
import type { Channel, ProviderName } from '../domain/words.ts'
import { type Cassandra, type CassandraRow, numberOf, textOf } from './cassandra.ts'
import { resolved } from './cassandra-deliveries.ts'
import { scan } from './cassandra-inbox.ts'
import { copyInboxes, everyItem } from './copy-inboxes.ts'
import type { CopyStep } from './copy-log.ts'
import { logDeliveries } from './delivery-log.ts'
import { readLogHead, type Time } from './inbox-log-head.ts'
import { inTransaction } from './transaction.ts'

/** The steps from Cassandra to PostgreSQL, for an engine that has written all that was pending. */
export function stepsToPostgres(pool: Pool, cassandra: Cassandra, now: Date): readonly CopyStep[] {
  const time: Time = { now, retentionMs: cassandra.settings.retentionMs }
  return [
    { name: 'inboxes', copy: copyInboxes(pool, (userId) => copyInbox(pool, cassandra, time, userId)) },
    { name: 'deliveries', copy: (after) => copyDeliveries(pool, cassandra, after) },
    { name: 'attempts', copy: (after) => copyAttempts(pool, cassandra, after) },
  ]
}

async function copyInbox(pool: Pool, cassandra: Cassandra, time: Time, userId: string): Promise<number> {
  const head = await readLogHead(pool, userId, time)
  // Copied before, by a run that did not finish.
  if (head.months.length === 0) return 0
  const items: InboxItem[] = []
  for await (const item of scan(cassandra, userId, head, everyItem)) items.push(item)
  const unread = items.filter(isUnread).length
  if (unread !== head.unread) throw new Error('an inbox in Cassandra has another count than its head')
  await inTransaction(pool, async (client) => {
    await client.query('DELETE FROM inbox_item WHERE user_id = $1', [userId])
    await client.query(
      `INSERT INTO inbox_item (user_id, notification_id, created_seq, changed_seq, tier, category, title, body, image_url,
          deep_link, actions, data, sent_at, read_at, archived_at)
        SELECT $1, "notificationId", "createdSeq", "changedSeq", tier, category, title, body, "imageUrl", "deepLink", actions,
          nullif(data, 'null'), "sentAt", "readAt", "archivedAt"
        FROM json_to_recordset($2) AS item ("notificationId" text, "createdSeq" bigint, "changedSeq" bigint, tier text,
          category text, title text, body text, "imageUrl" text, "deepLink" text, actions jsonb, data jsonb,
          "sentAt" timestamptz, "readAt" timestamptz, "archivedAt" timestamptz)`,
      [userId, JSON.stringify(items)],
    )
    await client.query('UPDATE inbox_head SET unread = $2, removed_seq = seq, log = NULL WHERE user_id = $1', [
      userId,
      unread,
    ])
  })
  return items.length
}

async function copyDeliveries(pool: Pool, cassandra: Cassandra, after: unknown) {
  const { rows, next } = await cassandra.page('SELECT * FROM deliveries_by_user', stateOf(after))
  const found = resolved(rows.filter((row) => row['told'] !== 3))
  const told = found.map((each) => ({ ...each, provider: each.provider as ProviderName | null }))
  await logDeliveries(
    pool,
    told.filter(({ reported }) => !reported),
    [],
  )
  const reported = told.filter((each) => each.reported)
  await pool.query(
    `INSERT INTO delivery (notification_id, recipient_id, channel, state, reason, provider, updated_at, reported)
      SELECT *, true FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
      ON CONFLICT (notification_id, recipient_id, channel) DO UPDATE SET state = excluded.state, reason = excluded.reason,
        provider = excluded.provider, updated_at = excluded.updated_at, reported = true`,
    [
      reported.map((each) => each.notificationId),
      reported.map((each) => each.recipientId),
      reported.map((each) => each.channel),
      reported.map((each) => each.state),
      reported.map((each) => each.reason),
      reported.map((each) => each.provider),
      reported.map((each) => each.updatedAt),
    ],
  )
  return { count: found.length, next }
}

async function copyAttempts(pool: Pool, cassandra: Cassandra, after: unknown) {
  const { rows, next } = await cassandra.page('SELECT * FROM delivery_attempt', stateOf(after))
  // One statement cannot write a row twice: what was unknown comes first.
  for (const known of [false, true]) {
    await logDeliveries(pool, [], rows.filter((row) => row['known'] === known).map(attemptOf))
  }
  return { count: rows.length, next }
}

function attemptOf(row: CassandraRow) {
  return {
    notificationId: String(row['notification_id']),
    recipientId: String(row['recipient_id']),
    channel: row['channel'] as Channel,
    attempt: numberOf(row['attempt']),
    target: String(row['target']),
    at: row['at'] as Date,
    provider: row['provider'] as ProviderName,
    outcome: row['outcome'] as OutcomeKind,
    code: textOf(row['code']),
    latencyMs: numberOf(row['latency_ms']),
    providerMessageId: textOf(row['provider_message_id']),
  }
}

function stateOf(after: unknown): string | undefined {
  return typeof after === 'string' ? after : undefined
}
