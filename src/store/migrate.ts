import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { appliedMigrations, type Migration, migrations } from './migrations.ts'

/** The lock that Prisma Migrate itself takes. */
const migrationLock = 72_707_369

/**
 * Applies what prisma/migrations holds and the database lacks, each file in one transaction, in the order of their
 * names. Keeps Prisma's own table, so that `prisma migrate deploy` can take an installation over. Any number of
 * processes may run it at once.
 *
 * Prisma's engine for this is native and downloaded: it cannot be had without internet.
 *
 * @throws when a migration that was applied has changed since
 */
export async function migrate(url: string): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: url })
  // The query that fails tells of a connection that breaks.
  client.on('error', () => {})
  await client.connect()
  try {
    await alone(client, () => client.query(migrationsTable))
    const fresh = []
    for (const migration of await migrations()) if (await applyOnce(client, migration)) fresh.push(migration.name)
    return fresh
  } finally {
    await client.end()
  }
}

/** False: it has been applied already. */
async function applyOnce(client: pg.Client, migration: Migration): Promise<boolean> {
  if (isApplied(await appliedMigrations(client), migration)) return false
  for (let tries = 1; ; tries++) {
    try {
      // Somebody else may have applied it while we waited for our turn.
      return await alone(client, async () => {
        if (isApplied(await appliedMigrations(client), migration)) return false
        await apply(client, migration)
        return true
      })
    } catch (error) {
      const isInTheWay = error instanceof pg.DatabaseError && error.code === lockNotAvailable
      if (!isInTheWay || tries === mostTries) throw error
      await sleep(tryAgainMs)
    }
  }
}

function isApplied(applied: ReadonlyMap<string, string>, { name, checksum }: Migration): boolean {
  const known = applied.get(name)
  if (known !== undefined && known !== checksum) {
    throw new Error(`Migration ${name} has changed since it was applied: restore the file.`)
  }
  return known !== undefined
}

const lockNotAvailable = '55P03'
/** Who waits for a lock on a table has everybody wait who comes after: not longer than that, and then again. */
const lockTimeoutMs = 3000
const tryAgainMs = 1000
const mostTries = 60

/**
 * Runs `work` in a transaction, while nobody else migrates. The lock is the transaction's: a session's would stay behind
 * where a pooler gives each transaction another connection.
 */
async function alone<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN')
  try {
    await client.query('SELECT pg_advisory_xact_lock($1)', [migrationLock])
    await client.query(`SET LOCAL lock_timeout = ${lockTimeoutMs}`)
    const result = await work()
    await client.query('COMMIT')
    return result
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined)
    throw error
  }
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  await client.query(sql)
  await client.query(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
     VALUES ($1, $2, $3, now(), 1)`,
    [randomUUID(), checksum, name],
  )
}

const migrationsTable = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id varchar(36) PRIMARY KEY,
  checksum varchar(64) NOT NULL,
  finished_at timestamptz,
  migration_name varchar(255) NOT NULL,
  logs text,
  rolled_back_at timestamptz,
  started_at timestamptz NOT NULL DEFAULT now(),
  applied_steps_count integer NOT NULL DEFAULT 0
)`
