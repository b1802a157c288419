import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import type { Cassandra } from './cassandra.ts'
import { cassandraLog } from './cassandra-log.ts'
import { PrismaClient } from './generated/client.ts'
import type { LogEngine } from './log-engine.ts'
import { postgresLog } from './postgres-log.ts'

export { inTransaction } from './transaction.ts'

/** PostgreSQL twice over one pool, SQL for what is hot, Prisma for the rest; and the engine of the delivery log. */
export interface Database {
  readonly pool: pg.Pool
  readonly prisma: PrismaClient
  readonly log: LogEngine
  close(): Promise<void>
}

export interface DatabaseSettings {
  readonly url: string
  readonly maxConnections: number
  /** Shown in pg_stat_activity. */
  readonly name: string
  /**
   * After that a query fails and its connection is given up; the next one asks DNS again. For a server whose machine, or
   * address, is another one now, and that cannot say so. Undefined: TCP decides, which takes a quarter of an hour.
   */
  readonly queryTimeoutMs?: number | undefined
  /** Where the delivery log is; else it is in PostgreSQL, too. Stays open when the database closes. */
  readonly cassandra?: Cassandra | undefined
}

/** A pool in which nothing becomes free for so long is a fault: better an error than a wait without end. */
const connectionTimeoutMillis = 10_000

/** A connection that nobody uses is found to be dead soon, where its server has gone without a word. */
const keepAliveInitialDelayMillis = 10_000

export function openDatabase({ url, maxConnections, name, queryTimeoutMs, cassandra }: DatabaseSettings): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    application_name: name,
    keepAlive: true,
    keepAliveInitialDelayMillis,
    ...(queryTimeoutMs === undefined ? {} : { query_timeout: queryTimeoutMs }),
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
    log: cassandra === undefined ? postgresLog(pool) : cassandraLog(pool, cassandra),
    async close() {
      await prisma.$disconnect()
      await pool.end()
    },
  }
}
