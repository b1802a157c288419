import type { Pool } from 'pg'
import type { DueWork } from '../domain/queue.ts'
import type { Tier } from '../domain/words.ts'

/** So many rows of a tier are counted; of more, it is said that there are so many. */
const countedAtMost = 100_000

/** What has fallen due and has not been handed out: by the relay's own indexes, so at the cost of what it finds. */
export async function readDueWork(pool: Pool, tiers: readonly Tier[]): Promise<readonly DueWork[]> {
  const { rows } = await pool.query<DueWork>({
    name: 'read-due-work',
    text: `SELECT due.tier, NULL AS channel, count(*)::int AS count, min(due.due_at) AS oldest
        FROM unnest($1::text[]) AS lane (tier) CROSS JOIN LATERAL (
          SELECT tier, due_at FROM notification
          WHERE tier = lane.tier AND due_at IS NOT NULL AND due_at <= now() AND state NOT IN ('DELIVERING', 'CANCELLED')
          ORDER BY due_at LIMIT ${countedAtMost}) AS due GROUP BY due.tier
      UNION ALL
      SELECT due.tier, due.channel, count(*)::int, min(due.due_at)
        FROM unnest($1::text[]) AS lane (tier) CROSS JOIN LATERAL (
          SELECT tier, channel, due_at FROM slice WHERE open AND tier = lane.tier AND due_at <= now()
          ORDER BY due_at LIMIT ${countedAtMost}) AS due GROUP BY due.tier, due.channel`,
    values: [tiers],
  })
  return rows
}
