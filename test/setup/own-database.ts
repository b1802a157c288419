import { randomBytes } from 'node:crypto'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrate.ts'
import { address } from './address.ts'

/** A migrated database that no other test uses, on the server of the run; `close` drops it. */
export async function ownDatabase(name: string, maxConnections = 5): Promise<Database> {
  const server = openDatabase({ url: address('DATABASE_URL'), maxConnections: 1, name })
  const own = `${name.replaceAll('-', '_')}_${randomBytes(6).toString('hex')}`
  await server.pool.query(`CREATE DATABASE ${own}`)
  const url = Object.assign(new URL(address('DATABASE_URL')), { pathname: own }).href
  await migrate(url)
  const database = openDatabase({ url, maxConnections, name })
  return {
    ...database,
    async close() {
      await database.close()
      await server.pool.query(`DROP DATABASE ${own}`)
      await server.close()
    },
  }
}
