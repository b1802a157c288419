import type { Pool } from 'pg'
import type { CopyStep } from './copy-log.ts'

const usersAtOnce = 50

/** All that a scan of an inbox can give. */
export const everyItem = {
  beforeSeq: Number.MAX_SAFE_INTEGER,
  first: 1000,
  howMany: () => Number.MAX_SAFE_INTEGER,
  counts: () => true,
}

/** Copies inboxes in the order of their users, some at a time; `copyInbox` tells how many items it has copied. */
export function copyInboxes(pool: Pool, copyInbox: (userId: string) => Promise<number>): CopyStep['copy'] {
  return async (after) => {
    const { rows } = await pool.query<{ user_id: string }>(
      'SELECT user_id FROM inbox_head WHERE user_id > $1 ORDER BY user_id LIMIT $2',
      [after ?? '', usersAtOnce],
    )
    let count = 0
    for (const { user_id: userId } of rows) count += await copyInbox(userId)
    return { count, next: rows.length < usersAtOnce ? undefined : rows.at(-1)?.user_id }
  }
}
