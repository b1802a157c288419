import type { Pool } from 'pg'
import type { InboxHead } from '../domain/inbox-item.ts'
import { inTransaction } from './transaction.ts'

const lockHead = { name: 'inbox-lock', text: 'SELECT FROM inbox_head WHERE user_id = $1 FOR UPDATE' }

const readAll = {
  name: 'inbox-read-all',
  text: `
    WITH head AS (
      SELECT seq FROM inbox_head WHERE user_id = $1
    ), changed AS (
      UPDATE inbox_item SET read_at = $2, changed_seq = head.seq + 1 FROM head
      WHERE user_id = $1 AND read_at IS NULL AND sent_at <= $3
      RETURNING archived_at
    ), counted AS (
      SELECT count(*) AS items, count(*) FILTER (WHERE archived_at IS NULL) AS unread FROM changed
    )
    UPDATE inbox_head SET seq = inbox_head.seq + 1, unread = inbox_head.unread - counted.unread FROM counted
    WHERE user_id = $1 AND counted.items > 0
    RETURNING inbox_head.seq::float8 AS seq, inbox_head.unread`,
}

/**
 * Marks every item read that was sent until then, archived ones too, with one sequence number. Returns the head, or
 * undefined when there was nothing to change.
 *
 * The head is locked in a statement of its own: the next one's snapshot then holds every item with a lower sequence. In one
 * statement, an item that is committed while it waits for the lock would stay unread behind an "all read" that came later.
 */
export function markInboxAllRead(
  pool: Pool,
  userId: string,
  sentUntil: Date,
  now: Date,
): Promise<InboxHead | undefined> {
  return inTransaction(pool, async (client) => {
    await client.query({ ...lockHead, values: [userId] })
    const { rows } = await client.query<InboxHead>({ ...readAll, values: [userId, now, sentUntil] })
    return rows[0]
  })
}
