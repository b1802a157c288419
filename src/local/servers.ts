import { resolve } from 'node:path'
import { cacheFolder } from './cache-folder.ts'
import { cassandraRecipe } from './cassandra.ts'
import { lockData } from './data-lock.ts'
import { LocalFailure } from './failure.ts'
import { openKept, type ServerKey } from './kept.ts'
import { natsRecipe } from './nats.ts'
import { postgresRecipe } from './postgres.ts'
import type { Env } from './program.ts'
import { redisRecipe } from './redis.ts'
import type { Say } from './say.ts'
import { type Recipe, type RunningServer, type Surroundings, startServer } from './server.ts'

export interface ServersOptions {
  readonly dataDir: string
  readonly env: Env
  readonly say: Say
}

export interface LocalServers {
  /** Where the servers are. Without `REDIS_URL` there is no Redis to be had. */
  readonly env: {
    readonly DATABASE_URL: string
    readonly REDIS_URL?: string
    readonly NATS_URL: string
    /** Only where the delivery log is in Cassandra. */
    readonly CASSANDRA_CONTACT_POINTS?: string
  }
  /** Of the servers that were started here; those named in the environment are not asked. */
  readonly versions: Readonly<Partial<Record<ServerKey, string>>>
  /** The servers that were started here; each is started again on its port whenever it dies. */
  readonly running: readonly RunningServer[]
  /** Stops watching, and stops the servers. */
  stop(): Promise<void>
}

/**
 * Brings up PostgreSQL, Redis, NATS and, where the delivery log is to be in it, Cassandra, with what a data folder holds;
 * except those that the environment names.
 *
 * They end with this process, however it ends. Rejects with a {@link LocalFailure} when a person can help.
 */
export async function startServers({ dataDir: folder, env, say }: ServersOptions): Promise<LocalServers> {
  const dataDir = resolve(folder)
  const lock = lockData(dataDir)
  const around = { dataDir, begun: performance.now(), kept: openKept(dataDir), say }
  const toFetch = { ...around, cache: cacheFolder(dataDir), env }
  const starts = await Promise.allSettled([
    named('PostgreSQL', 'DATABASE_URL', env, say) ?? started(postgresRecipe(around), around),
    named('Redis', 'REDIS_URL', env, say) ?? orWithout(started(redisRecipe(toFetch), around), say),
    named('NATS', 'NATS_URL', env, say) ?? started(natsRecipe(toFetch), around),
    env['CARILLON_DELIVERY_LOG'] === 'cassandra'
      ? (named('Cassandra', 'CASSANDRA_CONTACT_POINTS', env, say) ?? started(cassandraRecipe(toFetch), around))
      : undefined,
  ])
  const running = starts.flatMap((start) =>
    start.status === 'fulfilled' && typeof start.value === 'object' ? [start.value] : [],
  )
  const stop = async () => {
    await Promise.all(running.map((server) => server.stop()))
    lock.release()
  }
  const failures = starts.flatMap((start): unknown[] => (start.status === 'rejected' ? [start.reason] : []))
  if (failures.length > 0) {
    await stop()
    throw together(failures)
  }
  const [postgres, redis, nats, cassandra] = starts.map((start) =>
    start.status === 'fulfilled' ? urlOf(start.value) : undefined,
  )
  if (postgres === undefined || nats === undefined) throw new Error('A server has started without an address.')
  if (redis === undefined) {
    say(
      'Redis: none to be had, so Carillon runs on PostgreSQL alone. ' +
        'To add it: apt-get install redis-server, brew install redis, or set REDIS_URL.',
    )
  }
  return {
    env: {
      DATABASE_URL: postgres,
      NATS_URL: nats,
      ...(redis !== undefined && { REDIS_URL: redis }),
      ...(cassandra !== undefined && { CASSANDRA_CONTACT_POINTS: cassandra }),
    },
    versions: Object.fromEntries(running.map(({ key, version }) => [key, version])),
    running,
    stop,
  }
}

async function started(recipe: Promise<Recipe | undefined>, around: Surroundings): Promise<RunningServer | undefined> {
  const known = await recipe
  return known && (await startServer(known, around))
}

/** Redis is the one server that Carillon can do without. */
async function orWithout(redis: Promise<RunningServer | undefined>, say: Say): Promise<RunningServer | undefined> {
  return await redis.catch((error: unknown) => {
    say(error instanceof Error ? error.message : String(error))
    return undefined
  })
}

function named(name: string, variable: string, env: Env, say: Say): string | undefined {
  const url = env[variable]
  if (url === undefined || url === '') return undefined
  say(`${name}: the one at ${withoutSecrets(url)} (${variable})`)
  return url
}

/** Host and port only. NATS_URL may name several servers, and may do without a scheme. */
function withoutSecrets(urls: string): string {
  const host = (url: string) =>
    url
      .replace(/^.*:\/\//, '')
      .replace(/^.*@/, '')
      .replace(/[/?].*$/, '')
  return urls.split(',').map(host).join(', ')
}

function urlOf(server: RunningServer | string | undefined): string | undefined {
  return typeof server === 'object' ? server.url : server
}

function together(failures: readonly unknown[]): Error {
  const [first] = failures
  if (failures.length === 1 && first instanceof Error) return first
  const messages = failures.map((failure) => (failure instanceof Error ? failure.message : String(failure)))
  return new LocalFailure(messages.join('\n'), { cause: first })
}
