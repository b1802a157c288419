import { Redis } from 'ioredis'
import type { Unreachable } from '../domain/unreachable.ts'
import { redisProblem } from './redis-problem.ts'

const limitMs = 3000

export interface RedisServer {
  /** "Valkey 9.1.2", "Redis 7.4.0". */
  readonly version: string
}

/** One try to sign in to Redis, on a connection that ends with it. */
export async function reachRedis(url: string): Promise<RedisServer | Unreachable> {
  const redis = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    connectTimeout: limitMs,
    commandTimeout: limitMs,
  })
  // The event has the reason; what `connect` rejects with has not.
  let reason: Error | undefined
  redis.on('error', (error) => {
    reason ??= error
  })
  try {
    await redis.connect()
    const version = versionOf(await redis.info('server'))
    return reason === undefined ? { version } : redisProblem(reason)
  } catch (error) {
    return redisProblem(reason ?? error)
  } finally {
    redis.disconnect()
  }
}

function versionOf(info: string): string {
  const valkey = /^valkey_version:(\S+)/m.exec(info)?.[1]
  return valkey === undefined ? `Redis ${/^redis_version:(\S+)/m.exec(info)?.[1]}` : `Valkey ${valkey}`
}
