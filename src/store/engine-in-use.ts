import type { Pool } from 'pg'

const logEngines = ['postgres', 'cassandra'] as const
export type LogEngineName = (typeof logEngines)[number]

export interface EngineInUse {
  readonly engine: LogEngineName
  /** Where the log is being copied to: nobody may write to it meanwhile. */
  readonly copyingTo: LogEngineName | null
}

/**
 * Notes which engine has the delivery log, and resolves with what is noted then: another one has it still where there is
 * something in that.
 */
export async function takeEngine(pool: Pool, engine: LogEngineName): Promise<EngineInUse> {
  await pool.query(
    `UPDATE log_engine SET engine = $1 WHERE id = 1 AND engine <> $1 AND copying_to IS NULL
      AND NOT EXISTS (SELECT FROM page) AND NOT EXISTS (SELECT FROM inbox_head)`,
    [engine],
  )
  return engineInUse(pool)
}

export async function engineInUse(pool: Pool): Promise<EngineInUse> {
  const { rows } = await pool.query<EngineInUse>(
    'SELECT engine, copying_to AS "copyingTo" FROM log_engine WHERE id = 1',
  )
  const [noted] = rows
  if (noted === undefined) throw new Error('log_engine says nothing')
  return noted
}
