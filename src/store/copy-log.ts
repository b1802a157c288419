import type { Pool } from 'pg'
import type { Cassandra } from './cassandra.ts'
import { cassandraLog } from './cassandra-log.ts'
import { stepsToCassandra } from './copy-to-cassandra.ts'
import { stepsToPostgres } from './copy-to-postgres.ts'
import { engineInUse, type LogEngineName } from './engine-in-use.ts'

/** A part of the log. */
export interface CopyStep {
  readonly name: string
  /** Copies what comes next, as JSON has it; undefined in and out: the beginning, and the end. */
  copy(after: unknown): Promise<{ readonly count: number; readonly next: unknown }>
}

/** Somebody writes to the log that is to be copied: what he wrote would be missing. */
export class LogInUse extends Error {
  override readonly name = 'LogInUse'
}

interface Position {
  readonly step: string
  readonly after: unknown
}

/**
 * Copies the delivery log to the other engine and lets that one have it from then on. Goes on where a run before it has
 * ended. Nothing of Carillon may run meanwhile, and nothing can be started.
 *
 * @throws LogInUse
 */
export async function copyLog(
  pool: Pool,
  cassandra: Cassandra,
  to: LogEngineName,
  now: Date,
  say: (line: string) => void,
): Promise<void> {
  const inUse = await engineInUse(pool)
  if (inUse.engine === to) return say(`the delivery log is in ${to} already`)
  await refuseUse(pool)
  await pool.query('UPDATE log_engine SET copying_to = $1 WHERE id = 1', [to])
  // Somebody may have begun before that; whoever begins now is refused.
  await refuseUse(pool)
  if (to === 'postgres') await writePending(pool, cassandra)
  const steps = to === 'cassandra' ? stepsToCassandra(pool, cassandra, now) : stepsToPostgres(pool, cassandra, now)
  const position = await readPosition(pool)
  const first = Math.max(
    0,
    steps.findIndex(({ name }) => name === position?.step),
  )
  for (const step of steps.slice(first)) {
    let after = step.name === position?.step ? position.after : undefined
    let copied = 0
    if (after !== undefined) say(`${step.name}: going on where the run before has ended`)
    for (;;) {
      const { count, next } = await step.copy(after)
      copied += count
      if (next === undefined) break
      after = next
      await keepPosition(pool, { step: step.name, after })
      say(`${step.name}: ${copied} so far`)
    }
    say(`${step.name}: ${copied} copied and compared`)
  }
  await pool.query('UPDATE log_engine SET engine = $1, copying_to = NULL, position = NULL WHERE id = 1', [to])
  say(`the delivery log is in ${to}: start with CARILLON_DELIVERY_LOG=${to}`)
}

/** Whoever copies. */
export const copyName = 'carillon copy-log'

async function refuseUse(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT DISTINCT application_name AS name FROM pg_stat_activity
      WHERE datname = current_database() AND application_name LIKE 'carillon %' AND application_name <> $1 ORDER BY 1`,
    [copyName],
  )
  if (rows.length === 0) return
  const names = rows.map(({ name }) => `"${name}"`).join(', ')
  throw new LogInUse(`${names} still run: stop every process of Carillon before its delivery log is copied.`)
}

async function writePending(pool: Pool, cassandra: Cassandra): Promise<void> {
  const log = cassandraLog(pool, cassandra)
  for (let isOver = false; !isOver; ) {
    await pool.query('UPDATE log_outbox SET due_at = now()')
    await pool.query('UPDATE log_report SET due_at = now()')
    await log.writeLeftovers()
    const { rows } = await pool.query('SELECT id::text FROM log_outbox UNION ALL SELECT state FROM log_report LIMIT 1')
    isOver = rows.length === 0
  }
}

async function readPosition(pool: Pool): Promise<Position | undefined> {
  const { rows } = await pool.query<{ position: Position | null }>('SELECT position FROM log_engine WHERE id = 1')
  return rows[0]?.position ?? undefined
}

async function keepPosition(pool: Pool, position: Position): Promise<void> {
  await pool.query('UPDATE log_engine SET position = $1 WHERE id = 1', [JSON.stringify(position)])
}
