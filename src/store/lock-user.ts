import type pg from 'pg'
import { isStorableText } from '../domain/json-value.ts'

export interface UserLock {
  /** Whether somebody whom nobody has told us of yet is made: whoever signed her token knows her. */
  readonly make: boolean
  readonly at: Date
}

/** Makes the changes of one user's consent take turns. False: there is no such user. */
export async function lockUser(client: pg.ClientBase, userId: string, { make, at }: UserLock): Promise<boolean> {
  // Asked with anybody's text, and PostgreSQL refuses some of that.
  if (!isStorableText(userId)) return false
  if (make) {
    await client.query(
      'INSERT INTO users (user_id, created_at, updated_at) VALUES ($1, $2, $2) ON CONFLICT DO NOTHING',
      [userId, at],
    )
  }
  const { rowCount } = await client.query('SELECT FROM users WHERE user_id = $1 FOR NO KEY UPDATE', [userId])
  return rowCount === 1
}
