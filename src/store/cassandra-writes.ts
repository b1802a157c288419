import { type Month, monthOfNotification, secondsLeft } from '../domain/log-months.ts'
import type { CassandraWrite } from './cassandra.ts'
import { deliveryWrites, forgottenWrite } from './cassandra-deliveries.ts'
import type { Time } from './inbox-log-head.ts'
import type { InboxEntry, Outbox } from './log-outbox.ts'

/** The rows that an outbox is in Cassandra: the same ones, however often it is asked. */
export function* outboxWrites({ inboxes, deliveries, forgotten }: Outbox, time: Time): Generator<CassandraWrite> {
  for (const [userId, entries] of Object.entries(inboxes)) {
    for (const entry of entries) yield* entryWrites(userId, entry, time)
  }
  for (const delivery of deliveries) {
    yield* deliveryWrites({ ...delivery, updatedAt: new Date(delivery.updatedAt) }, time)
  }
  for (const key of forgotten?.keys ?? []) yield forgottenWrite(key, new Date(forgotten?.at ?? 0), time)
}

function* entryWrites(userId: string, entry: InboxEntry, time: Time): Generator<CassandraWrite> {
  const { seq, month } = entry
  const ttlOf = (of: Month) => secondsLeft(of, time.now, time.retentionMs)
  if (entry.kind === 'item') {
    yield itemWrite(userId, entry, ttlOf(month))
    yield placeWrite(userId, entry, ttlOf(month))
    return
  }
  for (const [itemMonth, createdSeq, readAt, archivedAt] of entry.items) {
    yield {
      text: `INSERT INTO inbox_state (user_id, month, created_seq, changed_seq, read_at, archived_at)
        VALUES (?, ?, ?, ?, ?, ?) USING TTL ? AND TIMESTAMP ?`,
      values: [userId, itemMonth, createdSeq, seq, new Date(readAt), new Date(archivedAt), ttlOf(itemMonth), seq],
      partition: `state ${itemMonth} ${userId}`,
    }
    yield {
      text: 'INSERT INTO inbox_change (user_id, month, seq, created_seq, item_month) VALUES (?, ?, ?, ?, ?) USING TTL ?',
      values: [userId, month, seq, createdSeq, itemMonth, ttlOf(month)],
      partition: `change ${month} ${userId}`,
    }
  }
}

type ItemEntry = InboxEntry & { readonly kind: 'item' }

function itemWrite(userId: string, { seq, month, item }: ItemEntry, ttl: number): CassandraWrite {
  const { notificationId, tier, category, title, body, imageUrl, deepLink, actions, data, sentAt } = item
  return {
    text: `INSERT INTO notification_log (user_id, month, created_seq, notification_id, tier, category, title, body,
        image_url, deep_link, actions, data, sent_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) USING TTL ?`,
    values: [
      userId,
      month,
      seq,
      notificationId,
      tier,
      category,
      title,
      body,
      imageUrl ?? undefined,
      deepLink ?? undefined,
      actions.length === 0 ? undefined : JSON.stringify(actions),
      data === undefined || data === null ? undefined : JSON.stringify(data),
      new Date(sentAt),
      ttl,
    ],
    partition: `item ${month} ${userId}`,
  }
}

function placeWrite(userId: string, { seq, month, item }: ItemEntry, ttl: number): CassandraWrite {
  const ofNotification = monthOfNotification(item.notificationId)
  return {
    text: `INSERT INTO deliveries_by_user (user_id, month, notification_id, channel, told, state, updated_at, item_month,
        created_seq)
      VALUES (?, ?, ?, 'IN_APP', 3, 'SENT', ?, ?, ?) USING TTL ?`,
    values: [userId, ofNotification, item.notificationId, new Date(item.sentAt), month, seq, ttl],
    partition: `user ${ofNotification} ${userId}`,
  }
}
