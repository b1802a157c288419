import type { Database } from './database.ts'

/** Everybody who has this number: families and test accounts share one. */
export async function phoneOwners({ pool }: Database, phone: string): Promise<readonly string[]> {
  const { rows } = await pool.query<{ user_id: string }>({
    name: 'phone-owners',
    text: 'SELECT user_id FROM users WHERE phone = $1',
    values: [phone],
  })
  return rows.map(({ user_id }) => user_id)
}
