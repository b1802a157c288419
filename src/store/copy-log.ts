import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'
import type { Cassandra } from './cassandra.ts'
import { cassandraLog } from './cassandra-log.ts'
import { stepsToCassandra } from './copy-to-cassandra.ts'
import { stepsToPostgres } from './copy-to-postgres.ts'
import { engineInUse, type LogEngineName } from './engine-in-use.ts'
import { changesAtOnce, copyChanges, followLog, guardLog, moveHeads, unfollowLog } from './follow-log.ts'
import type { Time } from './inbox-log-head.ts'

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

export interface Copy {
  readonly pool: Pool
  readonly cassandra: Cassandra
  readonly now: Date
  say(line: string): void
}

/**
 * Copies the delivery log to the other engine and lets that one have it from then on. Goes on where a run before it has
 * ended.
 *
 * To Cassandra Carillon goes on meanwhile, and has to be stopped only when all is copied: this waits for it. Back, it has
 * to be stopped first.
 *
 * @throws LogInUse
 */
export async function copyLog(copy: Copy, to: LogEngineName): Promise<void> {
  const { pool, say } = copy
  const inUse = await engineInUse(pool)
  if (inUse.engine === to) return say(`the delivery log is in ${to} already`)
  await (to === 'cassandra' ? copyToCassandra(copy) : copyToPostgres(copy))
  say(`the delivery log is in ${to}: start with CARILLON_DELIVERY_LOG=${to}`)
}

async function copyToCassandra(copy: Copy): Promise<void> {
  const { pool, cassandra, now, say } = copy
  const time: Time = { now, retentionMs: cassandra.settings.retentionMs }
  await followLog(pool)
  await copySteps(copy, stepsToCassandra(pool, cassandra, now))
  // Whoever begins now is refused.
  await pool.query(`UPDATE log_engine SET copying_to = 'cassandra' WHERE id = 1`)
  let told = ''
  for (;;) {
    const count = await copyChanges(pool, cassandra, time)
    const running = await namesOfRunning(pool)
    if (running.length === 0) break
    if (count === changesAtOnce) continue
    const line = `all is copied, and what changes is copied again: stop every process of Carillon now (${running.join(', ')})`
    if (line !== told) say(line)
    told = line
    await sleep(200)
  }
  while ((await copyChanges(pool, cassandra, time)) > 0);
  await moveHeads(pool)
  await unfollowLog(pool)
}

async function copyToPostgres(copy: Copy): Promise<void> {
  const { pool, cassandra, now } = copy
  await refuseUse(pool)
  await pool.query(`UPDATE log_engine SET copying_to = 'postgres' WHERE id = 1`)
  // Somebody may have begun before that; whoever begins now is refused.
  await refuseUse(pool)
  await writePending(pool, cassandra)
  await guardLog(pool, 'postgres')
  await copySteps(copy, stepsToPostgres(pool, cassandra, now))
  await pool.query(`UPDATE log_engine SET engine = 'postgres', copying_to = NULL, position = NULL WHERE id = 1`)
}

interface Position {
  readonly step: string
  readonly after: unknown
}

async function copySteps({ pool, say }: Copy, steps: readonly CopyStep[]): Promise<void> {
  const position = await readPosition(pool)
  const first = steps.findIndex(({ name }) => name === position?.step)
  for (const step of steps.slice(Math.max(0, first))) {
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
}

/** Whoever copies. */
export const copyName = 'carillon copy-log'

async function namesOfRunning(pool: Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT DISTINCT application_name AS name FROM pg_stat_activity
      WHERE datname = current_database() AND application_name LIKE 'carillon %' AND application_name <> $1 ORDER BY 1`,
    [copyName],
  )
  return rows.map(({ name }) => `"${name}"`)
}

async function refuseUse(pool: Pool): Promise<void> {
  const names = await namesOfRunning(pool)
  if (names.length === 0) return
  throw new LogInUse(`${names.join(', ')} still run: stop every process of Carillon before its log is copied back.`)
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
