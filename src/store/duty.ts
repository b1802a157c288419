import type { Pool } from 'pg'

/**
 * Takes a duty that nobody has, or renews what this holder has already; false: another one has it. It is held for so many
 * milliseconds by the database's clock, so that it is free again soon when its holder has died, or its machine with it.
 */
export async function holdDuty(pool: Pool, name: string, holder: string, leaseMs: number): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: 'hold-duty',
    text: `INSERT INTO duty (name, holder, held_until) VALUES ($1, $2, now() + $3 * interval '1 millisecond')
      ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
      WHERE duty.holder = excluded.holder OR duty.held_until < now()`,
    values: [name, holder, leaseMs],
  })
  return rowCount === 1
}

/** Another may take it at once. */
export async function giveUpDuty(pool: Pool, name: string, holder: string): Promise<void> {
  await pool.query('DELETE FROM duty WHERE name = $1 AND holder = $2', [name, holder])
}
