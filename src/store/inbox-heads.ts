import type pg from 'pg'
import { type Behind, behindColumns, behindOf, type StoredHead } from './inbox.ts'

/** The heads of these users' inboxes, in one read, in the order of the users. */
export async function readHeads(
  pool: Pick<pg.Pool, 'query'>,
  userIds: readonly string[],
): Promise<readonly StoredHead[]> {
  const { rows } = await pool.query<Omit<StoredHead, 'behind'> & Behind>({
    name: 'inbox-heads',
    text: `SELECT coalesce(head.seq, 0)::float8 AS seq, coalesce(head.unread, 0) AS unread,
        coalesce(head.removed_seq, 0)::float8 AS "removedSeq", ${behindColumns}
      FROM unnest($1::text[]) WITH ORDINALITY AS asked (user_id, place)
        JOIN newest_broadcast newest ON newest.id = 1
        LEFT JOIN inbox_head head ON head.user_id = asked.user_id
      ORDER BY asked.place`,
    values: [userIds],
  })
  return rows.map(({ got, newest, ...head }) => ({ ...head, behind: behindOf({ got, newest }) }))
}
