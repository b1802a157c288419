import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'

const folder = join(import.meta.dirname, '../../prisma/migrations')

export interface Migration {
  readonly name: string
  readonly sql: string
  /** As Prisma keeps it: SHA-256. */
  readonly checksum: string
}

type Client = Pick<pg.ClientBase, 'query'>

/** What prisma/migrations holds, in the order of the names. */
export async function migrations(): Promise<readonly Migration[]> {
  return Promise.all(
    (await migrationNames()).map(async (name) => {
      const sql = await readFile(join(folder, name, 'migration.sql'), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

/** Name and checksum of those that a database has. */
export async function appliedMigrations(client: Client): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<{ migration_name: string; checksum: string }>(
    'SELECT migration_name, checksum FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
  )
  return new Map(rows.map((row) => [row.migration_name, row.checksum]))
}

/** The names of those that a database lacks; undefined where this role may not look. */
export async function missingMigrations(client: Client): Promise<readonly string[] | undefined> {
  const names = await migrationNames()
  try {
    const applied = await appliedMigrations(client)
    return names.filter((name) => !applied.has(name))
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === undefinedTable) return names
    if (error instanceof pg.DatabaseError && error.code === insufficientPrivilege) return undefined
    throw error
  }
}

const undefinedTable = '42P01'
const insufficientPrivilege = '42501'

async function migrationNames(): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
}
