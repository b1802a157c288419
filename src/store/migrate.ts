import { randomUUID } from 'node:crypto'
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
    await client.query('SELECT pg_advisory_lock($1)', [migrationLock])
    await client.query(migrationsTable)
    const applied = await appliedMigrations(client)
    const fresh = []
    for (const migration of await migrations()) {
      const { name, checksum } = migration
      const known = applied.get(name)
      if (known === checksum) continue
      if (known !== undefined) throw new Error(`Migration ${name} has changed since it was applied: restore the file.`)
      await apply(client, migration)
      fresh.push(name)
    }
    return fresh
  } finally {
    await client.end()
  }
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  await client.query('BEGIN')
  try {
    await client.query(sql)
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, now(), 1)`,
      [randomUUID(), checksum, name],
    )
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined)
    throw error
  }
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
