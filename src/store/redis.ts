import { Cluster, Redis } from 'ioredis'
import { serverPlaces } from '../domain/server-places.ts'
import { log } from '../log.ts'
import { redisProblem } from './redis-problem.ts'

export type RedisConnection = Redis

/** As long as it is away, that is said this often. */
const tellEveryMs = 10_000

/** Several addresses, separated by commas, are those of nodes of a cluster. */
function namesCluster(url: string): boolean {
  return url.includes(',')
}

/**
 * Redis may be away at any time, so no command waits for it to come back: it fails at once, or after a second, and its
 * caller does without. No sooner: on a busy machine the timer is heard before the answer.
 *
 * Of a cluster the client knows which node has a key, follows the key when it moves, and `isCluster` is true: then what
 * is asked for at once has to be about keys of one slot, those with the same `{…}`.
 */
export function openRedis(url: string, name: string, isCluster = namesCluster(url)): Redis {
  const redis = isCluster ? openCluster(url, name) : openOne(url, name)
  const place = serverPlaces(url)
  let toldAt: number | undefined
  redis.on('error', (error) => {
    if (toldAt !== undefined && performance.now() - toldAt < tellEveryMs) return
    log.warn({ err: error }, `Redis at ${place} ${redisProblem(error).why}; going on without it`)
    toldAt = performance.now()
  })
  redis.on('ready', () => {
    if (toldAt !== undefined) log.info(`Redis at ${place} is back`)
    toldAt = undefined
  })
  return redis
}

const ofEach = { commandTimeout: 1000, connectTimeout: 2000 }
const retryMs = (times: number) => Math.min(50 * 2 ** times, 1000)
// Marks come one by one from many calls at once: those of a tick share a write.
const ofAll = { enableOfflineQueue: false, enableAutoPipelining: true }

function openOne(url: string, name: string): Redis {
  return new Redis(url, { ...ofEach, ...ofAll, connectionName: name, maxRetriesPerRequest: 0, retryStrategy: retryMs })
}

function openCluster(url: string, name: string): Redis {
  const addresses = url.split(',').map((each) => new URL(each.trim()))
  const [first] = addresses
  const isEncrypted = first?.protocol === 'rediss:'
  const cluster = new Cluster(
    addresses.map(({ hostname, port }) => ({ host: hostname, port: Number(port || 6379) })),
    {
      ...ofAll,
      redisOptions: {
        ...ofEach,
        connectionName: name,
        ...(first?.username ? { username: decodeURIComponent(first.username) } : {}),
        ...(first?.password ? { password: decodeURIComponent(first.password) } : {}),
        ...(isEncrypted ? { tls: {} } : {}),
      },
      // A certificate is for a name.
      ...(isEncrypted ? { dnsLookup: (host, found) => found(null, host) } : {}),
      clusterRetryStrategy: retryMs,
      // A key that has moved, or a node that has died, is asked for elsewhere, but not for long.
      maxRedirections: 4,
      retryDelayOnFailover: 100,
      retryDelayOnClusterDown: 100,
      slotsRefreshTimeout: 2000,
      slotsRefreshInterval: 5000,
    },
  )
  // What we ask of one we may ask of the other; "isCluster" tells which it is.
  return cluster as unknown as Redis
}
