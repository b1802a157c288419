import type { Pool } from 'pg'
import type { InboxHead, InboxItem } from '../domain/inbox-item.ts'
import type { InboxMark } from '../domain/inbox-marks.ts'
import { findInboxItems } from './inbox.ts'
import { inboxItemColumns } from './inbox-columns.ts'

export interface MarkedItems {
  /** Hers of those that were named, as they are now, in the order in which they were named. */
  readonly items: readonly InboxItem[]
  /** undefined: nothing has changed. */
  readonly head: InboxHead | undefined
}

interface MarkSql {
  readonly set: string
  /** Which items it changes. */
  readonly when: string
  /** What it does to the count, and for which of them: unread is what is neither read nor archived. */
  readonly sign: '+' | '-'
  readonly counts: string
}

const marks: Record<InboxMark, MarkSql> = {
  markRead: { set: 'read_at = $3', when: 'read_at IS NULL', sign: '-', counts: '"archivedAt" IS NULL' },
  markUnread: { set: 'read_at = NULL', when: 'read_at IS NOT NULL', sign: '+', counts: '"archivedAt" IS NULL' },
  archive: { set: 'archived_at = $3', when: 'archived_at IS NULL', sign: '-', counts: '"readAt" IS NULL' },
  unarchive: { set: 'archived_at = NULL', when: 'archived_at IS NOT NULL', sign: '+', counts: '"readAt" IS NULL' },
}

/*
 * One statement, so the head is locked for no longer than it takes. It is locked before any item, because no item comes
 * out of the join before the head has: two devices take turns. What the other one has committed meanwhile is seen although
 * the snapshot is older: FOR UPDATE and UPDATE go to the newest version of a row and check WHERE again.
 */
function markText({ set, when, sign, counts }: MarkSql): string {
  return `
    WITH head AS (
      SELECT seq, $3::timestamptz AS now FROM inbox_head WHERE user_id = $1 FOR UPDATE
    ), changed AS (
      UPDATE inbox_item SET ${set}, changed_seq = head.seq + 1 FROM head
      WHERE inbox_item.user_id = $1 AND notification_id = ANY($2::text[]) AND ${when}
      RETURNING ${inboxItemColumns}
    ), counted AS (
      SELECT count(*) AS items, count(*) FILTER (WHERE ${counts}) AS unread FROM changed
    ), moved AS (
      UPDATE inbox_head SET seq = inbox_head.seq + 1, unread = inbox_head.unread ${sign} counted.unread FROM counted
      WHERE user_id = $1 AND counted.items > 0
      RETURNING inbox_head.seq::float8 AS "headSeq", inbox_head.unread AS "headUnread"
    )
    SELECT moved.*, changed.* FROM moved, changed`
}

interface MarkedRow extends InboxItem {
  readonly headSeq: number
  readonly headUnread: number
}

/** Marks items of one inbox: one sequence number for all that change; items that are marked already stay as they are. */
export async function markInboxItems(
  pool: Pool,
  mark: InboxMark,
  userId: string,
  notificationIds: readonly string[],
  now: Date,
): Promise<MarkedItems> {
  const { rows } = await pool.query<MarkedRow>({
    name: `inbox-${mark}`,
    text: markText(marks[mark]),
    values: [userId, notificationIds, now],
  })
  const changed = new Map(rows.map(({ headSeq: _seq, headUnread: _unread, ...item }) => [item.notificationId, item]))
  const unchanged = notificationIds.filter((id) => !changed.has(id))
  const found = unchanged.length === 0 ? [] : await findInboxItems(pool, userId, unchanged)
  const items = new Map([...found.map((item) => [item.notificationId, item] as const), ...changed])
  const [first] = rows
  return {
    items: [...new Set(notificationIds)].flatMap((id) => items.get(id) ?? []),
    head: first && { seq: first.headSeq, unread: first.headUnread },
  }
}
