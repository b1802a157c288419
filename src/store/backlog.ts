import type { Pool } from 'pg'
import type { ProviderChannel, Tier } from '../domain/words.ts'

/** More open slices than this are simply many. */
const countedSlices = 5_000

/**
 * How many slices of a tier wait for a call on each channel: on their way to a worker, at one, or about to be tried again.
 * Reads the index of what is due, and no more of it than it takes.
 */
export async function readBacklog(pool: Pool, tier: Tier): Promise<ReadonlyMap<ProviderChannel, number>> {
  const { rows } = await pool.query<{ channel: ProviderChannel; open: number }>({
    name: 'read-backlog',
    // The longest lease is 80 seconds.
    text: `SELECT channel, count(*)::int AS open FROM (
        SELECT channel, reason, due_at FROM slice WHERE open AND tier = $1 AND due_at < now() + interval '90 seconds'
        ORDER BY due_at LIMIT ${countedSlices}) AS near
      WHERE due_at <= now() OR reason IS NULL OR reason NOT IN ('quiet_hours', 'evidence')
      GROUP BY channel`,
    values: [tier],
  })
  return new Map(rows.map(({ channel, open }) => [channel, open]))
}
