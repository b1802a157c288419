import type { Pool } from 'pg'

/** Deletes what is of no use any more: idempotency keys after a day, claims and notes of quiet hours long past. */
export async function tidy(pool: Pool): Promise<void> {
  await pool.query(`DELETE FROM idempotency_key WHERE created_at < now() - interval '24 hours'`)
  await pool.query('DELETE FROM claim WHERE expires_at < now()')
  await pool.query(`DELETE FROM held WHERE release < now() - interval '2 days'`)
}
