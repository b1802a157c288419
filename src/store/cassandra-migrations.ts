import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from 'cassandra-driver'
import pg from 'pg'
import type { Unreachable } from '../domain/unreachable.ts'
import type { CassandraSettings } from './cassandra.ts'
import { oneCassandra } from './one-cassandra.ts'

const folder = join(import.meta.dirname, '../../cassandra')

interface CassandraMigration {
  readonly name: string
  readonly statements: readonly string[]
  readonly checksum: string
}

/** "CASS" */
const migrationLock = 0x43_41_53_53

/**
 * Makes the keyspace, if it is not there, and applies what the folder cassandra/ holds and the keyspace lacks. Any number
 * of processes may run it at once: they take turns by a lock of PostgreSQL, since Cassandra has none, and two that change
 * its schema at once would tear it apart. What is applied can be applied again.
 *
 * @throws when a migration that was applied has changed since
 */
export async function migrateCassandra(
  settings: CassandraSettings,
  databaseUrl: string,
): Promise<Unreachable | readonly string[]> {
  const lock = new pg.Client({ connectionString: databaseUrl })
  lock.on('error', () => {})
  await lock.connect()
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [migrationLock])
    const applied: string[] = []
    const problem =
      (await oneCassandra(settings, undefined, (client) => makeKeyspace(client, settings))) ??
      (await oneCassandra(settings, settings.keyspace, (client) => applyAll(client, applied)))
    return problem ?? applied
  } finally {
    await lock.end()
  }
}

async function makeKeyspace(client: Client, settings: CassandraSettings): Promise<undefined> {
  const { keyspace, dataCenter, replication } = settings
  const { rows } = await client.execute('SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = ?', [
    keyspace,
  ])
  if (rows.length > 0) return undefined
  const nodes = [...client.hosts.values()].filter((host) => host.datacenter === dataCenter).length
  const copies = replication ?? Math.min(3, Math.max(1, nodes))
  await define(
    client,
    `CREATE KEYSPACE IF NOT EXISTS ${keyspace}
      WITH replication = {'class': 'NetworkTopologyStrategy', '${dataCenter.replaceAll("'", "''")}': ${copies}}`,
  )
  return undefined
}

async function applyAll(client: Client, applied: string[]): Promise<undefined> {
  await define(
    client,
    'CREATE TABLE IF NOT EXISTS migration (name text PRIMARY KEY, checksum text, applied_at timestamp)',
  )
  const known = await appliedMigrations(client)
  for (const { name, statements, checksum } of await migrations()) {
    const before = known.get(name)
    if (before === checksum) continue
    if (before !== undefined) throw new Error(`Migration ${name} has changed since it was applied: restore the file.`)
    for (const statement of statements) await define(client, statement)
    await client.execute('INSERT INTO migration (name, checksum, applied_at) VALUES (?, ?, ?)', [
      name,
      checksum,
      new Date(),
    ])
    applied.push(name)
  }
  return undefined
}

/** Resolves when all nodes agree on the schema. */
async function define(client: Client, statement: string): Promise<void> {
  await client.execute(statement, [], { prepare: false, isIdempotent: true })
}

async function appliedMigrations(client: Client): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.execute('SELECT name, checksum FROM migration')
  return new Map(rows.map((row) => [String(row['name']), String(row['checksum'])]))
}

/** The names of those that a keyspace lacks. */
export async function missingCassandraMigrations(client: Client): Promise<readonly string[]> {
  const known = await appliedMigrations(client)
  return (await migrations()).flatMap(({ name }) => (known.has(name) ? [] : [name]))
}

async function migrations(): Promise<readonly CassandraMigration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.cql')).sort()
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(folder, name), 'utf8')
      const statements = text
        .replaceAll(/^--.*$/gm, '')
        .split(/;\s*(?:\n|$)/)
        .map((statement) => statement.trim())
        .filter((statement) => statement !== '')
      const checksum = createHash('sha256').update(text).digest('hex')
      return { name: name.replace(/\.cql$/, ''), statements, checksum }
    }),
  )
}
