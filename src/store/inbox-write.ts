import type pg from 'pg'
import type { InAppContent } from '../domain/content.ts'
import type { InboxHead } from '../domain/inbox-item.ts'
import type { Tier } from '../domain/words.ts'

export interface NewInboxItem extends InAppContent {
  readonly userId: string
  readonly notificationId: string
  readonly tier: Tier
  readonly category: string
  /** The notification's data, for the client; undefined or null: none, or its template is sensitive. */
  readonly data?: unknown
  readonly sentAt: Date
}

export interface ChangedHead extends InboxHead {
  readonly userId: string
}

/*
 * Heads come first, in one order for every page, so that two pages cannot deadlock; their locks are held until commit,
 * so sequences are dense and in commit order. The row that DO UPDATE sees is the newest one, whatever the snapshot.
 */
const insertItems = {
  name: 'inbox-insert',
  text: `
    WITH added AS (
      SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
        $9::jsonb[], $10::jsonb[], $11::timestamptz[])
        AS item (user_id, notification_id, tier, category, title, body, image_url, deep_link, actions, data, sent_at)
    ), head AS (
      INSERT INTO inbox_head (user_id, seq, unread)
      SELECT user_id, 1, 1 FROM added ORDER BY user_id
      ON CONFLICT (user_id) DO UPDATE SET seq = inbox_head.seq + 1, unread = inbox_head.unread + 1
      RETURNING user_id, seq, unread
    ), item AS (
      INSERT INTO inbox_item (user_id, notification_id, created_seq, changed_seq, tier, category, title, body, image_url,
        deep_link, actions, data, sent_at)
      SELECT user_id, notification_id, seq, seq, tier, category, title, body, image_url, deep_link, actions, data, sent_at
      FROM added JOIN head USING (user_id)
    )
    SELECT user_id AS "userId", seq::float8 AS seq, unread FROM head`,
}

/**
 * Adds items to inboxes, in the transaction of their page: each user at most once in a call.
 *
 * Returns the heads of the inboxes, to be signalled after commit. What keeps a repeat of the page from coming here is the
 * page's row: an item that is there already is a unique violation.
 */
export async function insertInboxItems(
  client: pg.ClientBase,
  items: readonly NewInboxItem[],
): Promise<readonly ChangedHead[]> {
  if (items.length === 0) return []
  const { rows } = await client.query<ChangedHead>({
    ...insertItems,
    values: [
      items.map((item) => item.userId),
      items.map((item) => item.notificationId),
      items.map((item) => item.tier),
      items.map((item) => item.category),
      items.map((item) => item.title),
      items.map((item) => item.body),
      items.map((item) => item.imageUrl ?? null),
      items.map((item) => item.deepLink ?? null),
      items.map((item) => JSON.stringify(item.actions)),
      items.map((item) => (item.data === undefined || item.data === null ? null : JSON.stringify(item.data))),
      items.map((item) => item.sentAt),
    ],
  })
  return rows
}
