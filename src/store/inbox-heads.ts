import type pg from 'pg'
import { noHead, type StoredHead } from './inbox.ts'

/** The heads of these users' inboxes, in one read, in the order of the users. */
export async function readHeads(
  pool: Pick<pg.Pool, 'query'>,
  userIds: readonly string[],
): Promise<readonly StoredHead[]> {
  const { rows } = await pool.query<StoredHead & { readonly userId: string }>({
    name: 'inbox-heads',
    text: `SELECT user_id AS "userId", seq::float8 AS seq, unread, removed_seq::float8 AS "removedSeq"
      FROM inbox_head WHERE user_id = ANY($1)`,
    values: [userIds],
  })
  const found = new Map(rows.map(({ userId, ...head }) => [userId, head]))
  return userIds.map((userId) => found.get(userId) ?? noHead)
}
