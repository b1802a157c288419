import type { Pool } from 'pg'

/** However long nobody keeps house: so many months there are rooms for already. */
const monthsAhead = 3

/**
 * What grows with every notification is partitioned by the month that its id tells (prisma/migrations/0022_months). Makes
 * the months that come, before anybody needs them.
 */
export async function makeMonths(pool: Pool): Promise<void> {
  await pool.query('SELECT make_months($1)', [monthsAhead])
}

/**
 * Drops the months that ended more than so many days ago, and in which everything is done; 0: none. Returns their names.
 *
 * @throws where somebody holds a table for longer than an instant: to be tried again later
 */
export async function dropMonths(pool: Pool, days: number, now: Date): Promise<readonly string[]> {
  if (days === 0) return []
  const cutoff = new Date(now.getTime() - days * 24 * 3_600_000)
  const dropped: string[] = []
  for (;;) {
    const { rows } = await pool.query<{ month: string | null }>('SELECT drop_month($1) AS month', [cutoff])
    const month = rows[0]?.month
    if (!month) return dropped
    dropped.push(month)
  }
}
