import type { Pool, PoolClient } from 'pg'
import type { Channel, DeliveryState } from '../domain/words.ts'
import { readAttempts } from './attempts.ts'
import { logDeliveries, writeDeliveries } from './delivery-log.ts'
import { forgetFailures } from './forget-failures.ts'
import { areRead, countUnreadByCategory, findInboxItems, readInboxHead, readInboxPage } from './inbox.ts'
import { readInboxChanges, readOneChangeEach } from './inbox-changes.ts'
import { markInboxItems } from './inbox-mark.ts'
import { markInboxAllRead } from './inbox-mark-all.ts'
import { insertInboxItems, type NewInboxItem } from './inbox-write.ts'
import { messagesOfOthers } from './known-messages.ts'
import type { LogEngine, LogWrites, StoredDelivery } from './log-engine.ts'
import { countLogged, listLogged } from './logged-deliveries.ts'
import { materialise } from './materialise.ts'
import { listDeliveriesOf } from './postgres-user-deliveries.ts'
import { lockReported, logReported } from './reported-states.ts'
import { inTransaction } from './transaction.ts'

/** The delivery log in PostgreSQL, beside all the rest. */
export function postgresLog(pool: Pool): LogEngine {
  return {
    readInboxHead: (userId) => readInboxHead(pool, userId),
    readInboxPage: (query) => readInboxPage(pool, query),
    findInboxItems: (userId, ids) => findInboxItems(pool, userId, ids),
    areRead: (items) => areRead(pool, items),
    countUnreadByCategory: (userId) => countUnreadByCategory(pool, userId),
    readInboxChanges: (userId, after, upToSeq, limit) => readInboxChanges(pool, userId, after, upToSeq, limit),
    readOneChangeEach: (wanted) => readOneChangeEach(pool, wanted),
    markInboxItems: (mark, userId, ids, now) => markInboxItems(pool, mark, userId, ids, now),
    markInboxAllRead: (userId, sentUntil, now) => markInboxAllRead(pool, userId, sentUntil, now),
    materialise: (work) => materialise(pool, work),
    logDeliveries: (deliveries, attempts) => logDeliveries(pool, deliveries, attempts),
    readDeliveries: (notificationId, recipientIds) => readDeliveries(pool, notificationId, recipientIds),
    listLogged: (id, channel, behind, limit) => listLogged(pool, id, channel, behind, limit),
    countLogged: (id, channel) => countLogged(pool, id, channel),
    listDeliveriesOf: (userId, after, limit) => listDeliveriesOf(pool, userId, after, limit),
    readAttempts: (keys) => readAttempts(pool, keys),
    messagesOfOthers: (key, messageIds) => messagesOfOthers(pool, key, messageIds),
    commit: (work) => inTransaction(pool, (client) => work(client, writesOf(client))),
    writeLeftovers: async () => false,
  }
}

function writesOf(client: PoolClient): LogWrites {
  return {
    addInboxItems: (items) => insertInboxItems(client, items),
    absentItems: (items) => absentItems(client, items),
    logDeliveries: (deliveries) => writeDeliveries(client, deliveries),
    readAttempts: (keys) => readAttempts(client, keys),
    lockReported: (reports) => lockReported(client, reports),
    logReported: (reports) => logReported(client, reports),
    forgetFailures: (keys) => forgetFailures(client, keys),
  }
}

/** Two at once: the key of the table lets one of them in, the other one's transaction fails and is tried again. */
async function absentItems(client: PoolClient, items: readonly NewInboxItem[]): Promise<readonly NewInboxItem[]> {
  const { rows } = await client.query<{ user_id: string; notification_id: string }>({
    text: `SELECT user_id, notification_id FROM inbox_item
      WHERE (user_id, notification_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))`,
    values: [items.map(({ userId }) => userId), items.map(({ notificationId }) => notificationId)],
  })
  const there = new Set(rows.map((row) => `${row.notification_id} ${row.user_id}`))
  return items.filter(({ notificationId, userId }) => !there.has(`${notificationId} ${userId}`))
}

interface DeliveryRow {
  readonly recipient_id: string
  readonly channel: Channel
  readonly state: DeliveryState
  readonly reason: string | null
  readonly deferred_until: Date | null
  readonly provider: string | null
  readonly updated_at: Date
  readonly reported: boolean
}

async function readDeliveries(
  pool: Pool,
  notificationId: string,
  recipientIds: readonly string[],
): Promise<readonly StoredDelivery[]> {
  const { rows } = await pool.query<DeliveryRow>({
    name: 'read-logged-deliveries',
    text: 'SELECT * FROM delivery WHERE notification_id = $1 AND recipient_id = ANY($2)',
    values: [notificationId, recipientIds],
  })
  return rows.map((row) => ({
    notificationId,
    recipientId: row.recipient_id,
    channel: row.channel,
    state: row.state,
    reason: row.reason,
    deferredUntil: row.deferred_until,
    provider: row.provider,
    updatedAt: row.updated_at,
    reported: row.reported,
  }))
}
