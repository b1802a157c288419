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
 *
 * JSON, and once what the items of a notification have in common: measured, half of the time that making arrays of every
 * column takes us, for the same work of PostgreSQL.
 */
const insertItems = {
  name: 'inbox-insert',
  text: `
    WITH added AS (
      SELECT item.user_id, item.title, item.body, item.image_url, item.deep_link, item.actions,
        common->>'notificationId' AS notification_id, common->>'tier' AS tier, common->>'category' AS category,
        nullif(common->'data', 'null') AS data, (common->>'sentAt')::timestamptz AS sent_at
      FROM json_to_recordset($1::json)
          AS item (n integer, user_id text, title text, body text, image_url text, deep_link text, actions jsonb),
        LATERAL (SELECT $2::jsonb -> item.n AS common) AS notification
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
    SELECT json_agg(json_build_object('userId', user_id, 'seq', seq, 'unread', unread)) AS heads FROM head`,
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
  const notifications = new Map<string, number>()
  const common: Common[] = []
  const rows = items.map((item) => {
    const { notificationId, tier, category, data, sentAt } = item
    const n = notifications.get(notificationId) ?? common.push({ notificationId, tier, category, data, sentAt }) - 1
    notifications.set(notificationId, n)
    return rowOf(item, n)
  })
  const written = await client.query<{ heads: readonly ChangedHead[] }>({
    ...insertItems,
    values: [JSON.stringify(rows), JSON.stringify(common)],
  })
  return written.rows[0]?.heads ?? []
}

/** What all items of a notification have in common. */
type Common = Pick<NewInboxItem, 'notificationId' | 'tier' | 'category' | 'data' | 'sentAt'>

function rowOf({ userId, title, body, imageUrl, deepLink, actions }: NewInboxItem, n: number) {
  return { n, user_id: userId, title, body, image_url: imageUrl, deep_link: deepLink, actions }
}
