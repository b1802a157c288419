import { Redis } from 'ioredis'
import { serverPlaces } from '../domain/server-places.ts'
import { log } from '../log.ts'
import { redisProblem } from './redis-problem.ts'

export type RedisConnection = Redis

/** As long as it is away, that is said this often. */
const tellEveryMs = 10_000

/**
 * Redis may be away at any time, so no command waits for it to come back: it fails at once, or after a second, and its
 * caller does without. No sooner: on a busy machine the timer is heard before the answer.
 */
export function openRedis(url: string, name: string): Redis {
  const redis = new Redis(url, {
    connectionName: name,
    enableOfflineQueue: false,
    // Marks come one by one from many calls at once: those of a tick share a write.
    enableAutoPipelining: true,
    maxRetriesPerRequest: 0,
    commandTimeout: 1000,
    connectTimeout: 2000,
    retryStrategy: (times) => Math.min(50 * 2 ** times, 1000),
  })
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
