import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { PrismaClient } from './generated/client.ts'

/** PostgreSQL twice over one pool: SQL for what is hot, Prisma for the rest. */
export interface Database {
  readonly pool: pg.Pool
  readonly prisma: PrismaClient
  close(): Promise<void>
}

export interface DatabaseSettings {
  readonly url: string
  readonly maxConnections: number
  /** Shown in pg_stat_activity. */
  readonly name: string
}

/** A pool in which nothing becomes free for so long is a fault: better an error than a wait without end. */
const connectionTimeoutMillis = 10_000

export function openDatabase({ url, maxConnections, name }: DatabaseSettings): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    application_name: name,
    keepAlive: true,
    connectionTimeoutMillis,
  })
  // A connection that breaks (a restart of the server) is replaced at its next use; whoever is using it is told by the
  // query that fails. Without a listener the event itself would end the process, on connections in use as well.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) })
  return {
    pool,
    prisma,
    async close() {
      await prisma.$disconnect()
      await pool.end()
    },
  }
}

/** Runs `work` in one transaction on one connection. */
export async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query('BEGIN')
    const result = await work(client)
    await client.query('COMMIT')
    return result
  } catch (error) {
    await client.query('ROLLBACK').catch((rollbackError: Error) => {
      broken = rollbackError
    })
    throw error
  } finally {
    client.release(broken)
  }
}
