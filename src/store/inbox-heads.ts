import type pg from 'pg'

export interface InboxHead {
  readonly userId: string
  readonly seq: number
  readonly unread: number
}

/** The heads of these users' inboxes, in one read; who has never got anything has none. */
export async function readHeads(pool: Pick<pg.Pool, 'query'>, userIds: readonly string[]): Promise<InboxHead[]> {
  const { rows } = await pool.query<{ userId: string; seq: string; unread: number }>({
    name: 'inbox-heads',
    text: 'SELECT user_id AS "userId", seq, unread FROM inbox_head WHERE user_id = ANY($1)',
    values: [userIds],
  })
  return rows.map((row) => ({ ...row, seq: Number(row.seq) }))
}
