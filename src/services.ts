import type { Redis } from 'ioredis'
import type { Config } from './config.ts'
import { type Cipher, openCipher } from './store/cipher.ts'
import { type Database, openDatabase } from './store/database.ts'
import { openRedis } from './store/redis.ts'
import { openStreams, type Streams } from './streams/streams.ts'
import { declareTopology } from './streams/topology.ts'

/** Every connection of a process. */
export interface Services {
  readonly config: Config
  readonly database: Database
  /** undefined: there is none; PostgreSQL does its work. */
  readonly redis: Redis | undefined
  readonly streams: Streams
  readonly cipher: Cipher
  /** The names of the stores that cannot be reached now. Redis is none of them: everything goes on without it. */
  notReady(): Promise<readonly string[]>
  close(): Promise<void>
}

/** Opens everything, waiting for NATS for as long as it takes, and brings the streams up to date. */
export async function openServices(config: Config, name: string): Promise<Services> {
  const database = openDatabase({ url: config.databaseUrl, maxConnections: config.databaseConnections, name })
  const redis = config.redisUrl === undefined ? undefined : openRedis(config.redisUrl, name)
  const streams = await openStreams(config.natsUrl, name)
  await declareTopology(streams.connection, config.natsReplicas)
  return {
    config,
    database,
    redis,
    streams,
    cipher: openCipher(config.secretKey),
    async notReady() {
      const postgresAnswers = await database.pool.query('SELECT 1').then(
        () => true,
        () => false,
      )
      return [...(postgresAnswers ? [] : ['postgresql']), ...(streams.connected() ? [] : ['nats'])]
    },
    async close() {
      await streams.close()
      redis?.disconnect()
      await database.close()
    },
  }
}
