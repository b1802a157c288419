import type { Redis } from 'ioredis'
import { type Config, ConfigError } from './config.ts'
import { openPolicy, type Policy } from './domain/policy.ts'
import { log } from './log.ts'
import { timeZoneData } from './metrics.ts'
import { type Cipher, openCipher } from './store/cipher.ts'
import { type Database, openDatabase } from './store/database.ts'
import { type OpenPacing, openPacing } from './store/pacing.ts'
import { openRedis } from './store/redis.ts'
import { openStreams, type Streams } from './streams/streams.ts'
import { loadTimeZones } from './time-zone-data.ts'

/** Every connection of a process. */
export interface Services {
  readonly config: Config
  readonly database: Database
  /** undefined: there is none; PostgreSQL does its work. */
  readonly redis: Redis | undefined
  readonly streams: Streams
  readonly cipher: Cipher
  readonly policy: Policy
  readonly pacing: OpenPacing
  /** The names of the stores that cannot be reached now. Redis is none of them: everything goes on without it. */
  notReady(): Promise<readonly string[]>
  close(): Promise<void>
}

/** Opens everything, waiting for NATS for as long as it takes, and brings the streams up to date. */
export async function openServices(config: Config, name: string): Promise<Services> {
  const policy = readPolicy(config)
  const database = openDatabase({ url: config.databaseUrl, maxConnections: config.databaseConnections, name })
  const redis = config.redisUrl === undefined ? undefined : openRedis(config.redisUrl, name)
  const streams = await openStreams(config.natsUrl, name, config.natsReplicas)
  await streams.declare()
  return {
    config,
    database,
    redis,
    streams,
    cipher: openCipher(config.secretKey),
    policy,
    pacing: openPacing(redis, config.pacing),
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

function readPolicy({ policy: settings, timeZoneData: file }: Config): Policy {
  const policy = openPolicy(readTimeZones(file), settings)
  timeZoneData.set({ version: policy.tzVersion }, 1)
  log.info({ tzVersion: policy.tzVersion }, 'rules of time zones')
  return policy
}

function readTimeZones(file: string | undefined) {
  try {
    return loadTimeZones(file)
  } catch (error) {
    if (file === undefined) throw error
    throw new ConfigError([`TZ_DATA: ${file} is no data/packed/latest.json of moment-timezone (${error})`])
  }
}
