import type { Pool } from 'pg'

export const logEngines = ['postgres', 'cassandra'] as const
export type LogEngineName = (typeof logEngines)[number]

/**
 * Notes which engine has the delivery log. Resolves with the one that has it already, where that is another one and there
 * is something in it: then nothing is changed.
 */
export async function takeEngine(pool: Pool, engine: LogEngineName): Promise<LogEngineName | undefined> {
  const { rows } = await pool.query<{ engine: LogEngineName }>(
    `WITH other AS (SELECT engine FROM log_engine WHERE id = 1 AND engine <> $1 FOR UPDATE),
      moved AS (
        UPDATE log_engine SET engine = $1 WHERE id = 1 AND engine <> $1
          AND NOT EXISTS (SELECT FROM page) AND NOT EXISTS (SELECT FROM inbox_head)
        RETURNING engine)
      SELECT engine FROM other WHERE NOT EXISTS (SELECT FROM moved)`,
    [engine],
  )
  return rows[0]?.engine
}
