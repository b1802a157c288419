import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrate.ts'
import { address } from './address.ts'

/** A database in which nobody else works, for a test that looks at everything there is. `close` removes it. */
export async function aMigratedDatabase(maxConnections = 5): Promise<Database> {
  const name = `test_${randomBytes(6).toString('hex')}`
  const url = new URL(address('DATABASE_URL'))
  const server = new pg.Client({ connectionString: url.href })
  await server.connect()
  await server.query(`CREATE DATABASE ${name}`)
  url.pathname = `/${name}`
  await migrate(url.href)
  const database = openDatabase({ url: url.href, maxConnections, name })
  return {
    ...database,
    async close() {
      await database.close()
      await server.query(`DROP DATABASE ${name} WITH (FORCE)`)
      await server.end()
    },
  }
}
