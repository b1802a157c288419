import pg from 'pg'
import { inTransaction } from './database.ts'

/** What PostgreSQL says when it has ended a statement at its time limit: `query_canceled`. */
const queryCanceled = '57014'

/** Reads, each statement within so much time. Undefined: one of them took longer. */
export async function withinTime<T>(
  pool: pg.Pool,
  limitMs: number,
  read: (client: pg.PoolClient) => Promise<T>,
): Promise<T | undefined> {
  try {
    return await inTransaction(pool, async (client) => {
      await client.query(`SELECT set_config('statement_timeout', $1, true)`, [`${limitMs}`])
      return read(client)
    })
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === queryCanceled) return undefined
    throw error
  }
}
