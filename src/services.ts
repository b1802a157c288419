import { Resolver } from 'node:dns/promises'
import type { Redis } from 'ioredis'
import { openAlignment } from './channels/email/open-alignment.ts'
import { sendersOf } from './channels/email/sender.ts'
import { type Config, ConfigError } from './config.ts'
import { openPolicy, type Policy } from './domain/policy.ts'
import { serverPlaces } from './domain/server-places.ts'
import type { ProviderName } from './domain/words.ts'
import { within } from './gateway/time-limit.ts'
import { log } from './log.ts'
import { timeZoneData } from './metrics.ts'
import { type Cassandra, openCassandra } from './store/cassandra.ts'
import { type Cipher, openCipher } from './store/cipher.ts'
import { type Database, openDatabase } from './store/database.ts'
import { takeEngine } from './store/engine-in-use.ts'
import { type OpenPacing, openPacing } from './store/pacing.ts'
import { reachMigratedCassandra } from './store/reach-cassandra.ts'
import { reachMigratedPostgres } from './store/reach-postgres.ts'
import { reachRedis } from './store/reach-redis.ts'
import { openRedis } from './store/redis.ts'
import { reachNats } from './streams/reach-nats.ts'
import { expectStreams, type Streams } from './streams/streams.ts'
import { loadTimeZones } from './time-zone-data.ts'
import { cassandraAwaited, waitFor } from './wait-for.ts'

/** Every connection of a process. */
export interface Services {
  readonly config: Config
  readonly database: Database
  /** undefined: the delivery log is in PostgreSQL. */
  readonly cassandra: Cassandra | undefined
  /** undefined: there is none; PostgreSQL does its work. */
  readonly redis: Redis | undefined
  readonly streams: Streams
  readonly cipher: Cipher
  readonly policy: Policy
  readonly pacing: OpenPacing
  /** Whether an e-mail provider may be asked to send: its records know the sending domain. All of other channels may. */
  readonly takesPart: (provider: ProviderName) => boolean
  /** The names of the stores that cannot be reached now. Redis is none of them: everything goes on without it. */
  /**
   * Resolves when PostgreSQL is there with its migrations, and NATS with its streams, for as long as it takes.
   * @throws ConfigError where waiting would be in vain; the signal's reason when that aborts
   */
  reach(stopping: AbortSignal): Promise<void>
  /** The names of what cannot be used now. Redis is never one of them: everything goes on without it. */
  notReady(): Promise<readonly string[]>
  close(): Promise<void>
}

/** A database that hangs is as little ready as one that is away. */
const answerWithinMs = 2000

/** Waits for nothing: what the stores are needed for fails, or is put off, until they have been reached. */
export function openServices(config: Config, name: string, queryTimeoutMs?: number): Services {
  const { databaseUrl, redisUrl, natsUrl } = config
  const policy = readPolicy(config)
  const cassandra = config.cassandra && openCassandra(config.cassandra, name)
  const maxConnections = config.databaseConnections
  const database = openDatabase({ url: databaseUrl, maxConnections, name, queryTimeoutMs, cassandra })
  const redis = redisUrl === undefined ? undefined : openRedis(redisUrl, name, config.redisCluster)
  const streams = expectStreams(natsUrl, name, { replicas: config.natsReplicas, tags: config.natsPlacementTags })
  const alignment = openAlignment(
    { failover: config.email.failover, senders: sendersOf(config.providers, config.email) },
    new Resolver({ timeout: 2000, tries: 2 }),
  )
  let isMigrated = false
  let isLogMigrated = cassandra === undefined
  let isDeclared = false

  async function reachDatabase(stopping: AbortSignal): Promise<void> {
    const reach = () => reachMigratedPostgres(databaseUrl)
    await waitFor({ name: 'PostgreSQL', variable: 'DATABASE_URL', url: databaseUrl, reach }, waiting(stopping))
    isMigrated = true
    await refuseOtherEngine(database.pool, config)
  }

  async function reachLog(stopping: AbortSignal): Promise<void> {
    if (config.cassandra === undefined) return
    await waitFor(cassandraAwaited(config.cassandra, reachMigratedCassandra), waiting(stopping))
    isLogMigrated = true
  }

  async function reachStreams(stopping: AbortSignal): Promise<void> {
    const reach = () => reachNats(streams)
    await waitFor({ name: 'NATS', variable: 'NATS_URL', url: natsUrl, reach }, waiting(stopping))
    isDeclared = true
  }

  async function databaseAnswers(): Promise<boolean> {
    const answer = database.pool.query('SELECT 1').then(
      () => true,
      () => false,
    )
    return within(answerWithinMs, answer, () => false)
  }

  async function cassandraAnswers(): Promise<boolean> {
    return cassandra === undefined || within(answerWithinMs, cassandra.answers(), () => false)
  }

  return {
    config,
    database,
    cassandra,
    redis,
    streams,
    cipher: openCipher(config.secretKey),
    policy,
    pacing: openPacing(redis, config.pacing),
    takesPart: alignment.takesPart,
    async reach(stopping) {
      await Promise.all([
        refuseWrongRedis(redisUrl),
        reachDatabase(stopping),
        reachLog(stopping),
        reachStreams(stopping),
      ])
    },
    async notReady() {
      const [answers, logAnswers] = await Promise.all([databaseAnswers(), cassandraAnswers()])
      return [
        ...(answers ? [] : ['postgresql']),
        ...(logAnswers ? [] : ['cassandra']),
        ...((answers && !isMigrated) || (logAnswers && !isLogMigrated) ? ['migrations'] : []),
        ...(isDeclared && streams.connected() ? [] : ['nats']),
      ]
    },
    async close() {
      alignment.close()
      await streams.close()
      redis?.disconnect()
      await database.close()
      await cassandra?.close()
    },
  }
}

/** Each engine has a log of its own: what is in the other one would be gone. */
async function refuseOtherEngine(pool: Database['pool'], { cassandra }: Config): Promise<void> {
  const engine = cassandra === undefined ? 'postgres' : 'cassandra'
  const inUse = await takeEngine(pool, engine)
  if (inUse.copyingTo !== null) {
    throw new ConfigError([
      `CARILLON_DELIVERY_LOG: the delivery log is being copied to ${inUse.copyingTo}: ` +
        `let "carillon copy-log --to ${inUse.copyingTo}" finish first`,
    ])
  }
  if (inUse.engine !== engine) {
    throw new ConfigError([
      `CARILLON_DELIVERY_LOG: ${engine} is asked for, and the delivery log of this installation is in ${inUse.engine}: ` +
        `set it to ${inUse.engine}, or copy the log first with "carillon copy-log --to ${engine}"`,
    ])
  }
}

function waiting(stopping: AbortSignal) {
  return { stopping, say: (line: string) => log.warn(line) }
}

/** Nobody waits for Redis, but one that refuses us at the start will do so for ever. */
async function refuseWrongRedis(url: string | undefined): Promise<void> {
  const answer = url === undefined ? undefined : await reachRedis(url)
  if (url === undefined || answer === undefined || !('kind' in answer) || answer.kind === 'away') return
  throw new ConfigError([`REDIS_URL: Redis at ${serverPlaces(url)} ${answer.why}`])
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
