import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { address } from './address.ts'

export interface ADatabase {
  readonly url: string
  drop(): Promise<void>
}

/** An empty database of a test's own, on the PostgreSQL of the run. */
export async function aDatabase(): Promise<ADatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`
  await onServer(`CREATE DATABASE ${name}`)
  const url = new URL(address('DATABASE_URL'))
  url.pathname = `/${name}`
  return { url: url.href, drop: () => onServer(`DROP DATABASE ${name} WITH (FORCE)`) }
}

async function onServer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: address('DATABASE_URL') })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
