import { Redis } from 'ioredis'
import { log } from '../log.ts'

export type RedisConnection = Redis

/**
 * Redis may be away at any time, so no command waits for it to come back: it fails at once, or after a fifth of a
 * second, and its caller does without.
 */
export function openRedis(url: string, name: string): Redis {
  const redis = new Redis(url, {
    connectionName: name,
    enableOfflineQueue: false,
    // Marks come one by one from many calls at once: those of a tick share a write.
    enableAutoPipelining: true,
    maxRetriesPerRequest: 0,
    commandTimeout: 200,
    connectTimeout: 2000,
    retryStrategy: (times) => Math.min(50 * 2 ** times, 1000),
  })
  let told = false
  redis.on('error', (error) => {
    if (!told) log.warn({ err: error }, 'Redis is away; going on without it')
    told = true
  })
  redis.on('ready', () => {
    if (told) log.info('Redis is back')
    told = false
  })
  return redis
}
