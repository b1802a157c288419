import type { Pool } from 'pg'
import type { InboxItemKey } from '../domain/ids.ts'
import type { InboxHead, InboxItem } from '../domain/inbox-item.ts'
import { inboxItemColumns } from './inbox-columns.ts'

export interface InboxQuery {
  readonly userId: string
  /** Items that were added before this one. */
  readonly beforeSeq: number | undefined
  readonly unreadOnly: boolean
  readonly category: string | undefined
  /** The archived ones instead of the others. */
  readonly archived: boolean
  readonly limit: number
}

/** How far an inbox is behind what has been broadcast; undefined: it is not. */
export interface Behind {
  /** Up to this number it has what is meant for it. */
  readonly got: number
  /** The number of the newest broadcast. */
  readonly newest: number
}

export interface InboxPage {
  readonly head: InboxHead
  readonly behind: Behind | undefined
  readonly items: readonly InboxItem[]
}

export interface CategoryCount {
  readonly category: string
  readonly count: number
}

export interface StoredHead extends InboxHead {
  /** Cursors from before it cannot be continued: items have gone since. */
  readonly removedSeq: number
  readonly behind: Behind | undefined
}

export async function readInboxHead(pool: Pool, userId: string): Promise<StoredHead> {
  const { rows } = await pool.query<Omit<StoredHead, 'behind'> & Behind>({
    name: 'inbox-head',
    text: `SELECT coalesce(head.seq, 0)::float8 AS seq, coalesce(head.unread, 0) AS unread,
        coalesce(head.removed_seq, 0)::float8 AS "removedSeq", ${behindColumns}
      FROM newest_broadcast newest LEFT JOIN inbox_head head ON head.user_id = $1 WHERE newest.id = 1`,
    values: [userId],
  })
  const [row] = rows
  if (row === undefined) throw new Error('the table newest_broadcast is empty')
  const { got, newest, ...head } = row
  return { ...head, behind: behindOf({ got, newest }) }
}

/** SQL: {@link Behind}, of the tables `newest_broadcast newest LEFT JOIN inbox_head head`. */
export const behindColumns = `coalesce(head.broadcast_seq, 0)::float8 AS got, newest.number::float8 AS newest`

export function behindOf({ got, newest }: Behind): Behind | undefined {
  return newest > got ? { got, newest } : undefined
}

/*
 * Head and items are of one snapshot: whatever is not in this page yet has a higher sequence than its head. The count is
 * exact, so a search for unread items stops at the last one instead of reading on to the end of a long inbox.
 */
const pageText = `
  SELECT head.seq::float8 AS "headSeq", head.unread AS "headUnread", head.got, head.newest, item.*
  FROM (SELECT coalesce(head.seq, 0) AS seq, coalesce(head.unread, 0) AS unread, ${behindColumns}
    FROM newest_broadcast newest LEFT JOIN inbox_head head ON head.user_id = $1 WHERE newest.id = 1) head
  LEFT JOIN LATERAL (
    SELECT ${inboxItemColumns} FROM inbox_item
    WHERE user_id = $1 AND created_seq < $2::bigint AND (NOT $3::boolean OR read_at IS NULL)
      AND ($4::text IS NULL OR category = $4) AND (archived_at IS NOT NULL) = $5::boolean
    ORDER BY created_seq DESC
    LIMIT CASE WHEN $3 AND NOT $5 THEN least($6::integer, head.unread) ELSE $6 END
  ) item ON true
  ORDER BY item."createdSeq" DESC`

interface OfHead extends Behind {
  readonly headSeq: number
  readonly headUnread: number
}

/** Items in the order in which they were added, newest first, and the head that they belong to. */
export async function readInboxPage(pool: Pool, query: InboxQuery): Promise<InboxPage> {
  const { userId, beforeSeq = Number.MAX_SAFE_INTEGER, unreadOnly, category = null, archived, limit } = query
  const { rows } = await pool.query<OfHead & (InboxItem | { notificationId: null })>({
    name: 'inbox-page',
    text: pageText,
    values: [userId, beforeSeq, unreadOnly, category, archived, limit],
  })
  const { headSeq = 0, headUnread = 0, got = 0, newest = 0 } = rows[0] ?? {}
  return {
    head: { seq: headSeq, unread: headUnread },
    behind: behindOf({ got, newest }),
    items: rows.flatMap((row) => (row.notificationId === null ? [] : [itemOf(row)])),
  }
}

/** Her items of these notifications, in no order. */
export async function findInboxItems(
  pool: Pool,
  userId: string,
  notificationIds: readonly string[],
): Promise<readonly InboxItem[]> {
  const { rows } = await pool.query<InboxItem>({
    name: 'inbox-items',
    text: `SELECT ${inboxItemColumns} FROM inbox_item WHERE user_id = $1 AND notification_id = ANY($2::text[])`,
    values: [userId, notificationIds],
  })
  return rows
}

/** For each of these items whether it is there and read. */
export async function areRead(pool: Pool, items: readonly InboxItemKey[]): Promise<readonly boolean[]> {
  const { rows } = await pool.query<{ index: number }>({
    name: 'inbox-are-read',
    text: `SELECT key.index::int AS index
      FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS key (user_id, notification_id, index)
      JOIN inbox_item USING (user_id, notification_id) WHERE read_at IS NOT NULL`,
    values: [items.map(({ userId }) => userId), items.map(({ notificationId }) => notificationId)],
  })
  const read = new Set(rows.map(({ index }) => index))
  return items.map((_item, index) => read.has(index + 1))
}

/** The categories that have unread items, the fullest first. Reads as far as the last unread item. */
export async function countUnreadByCategory(pool: Pool, userId: string): Promise<readonly CategoryCount[]> {
  const { rows } = await pool.query<CategoryCount>({
    name: 'inbox-unread-by-category',
    text: `
      SELECT category, count(*)::integer AS count
      FROM (
        SELECT category FROM inbox_item WHERE user_id = $1 AND read_at IS NULL AND archived_at IS NULL
        ORDER BY created_seq DESC
        LIMIT (SELECT coalesce(max(unread), 0) FROM inbox_head WHERE user_id = $1)
      ) item
      GROUP BY category ORDER BY count DESC, category`,
    values: [userId],
  })
  return rows
}

function itemOf({
  headSeq: _seq,
  headUnread: _unread,
  got: _got,
  newest: _newest,
  ...item
}: OfHead & InboxItem): InboxItem {
  return item
}
