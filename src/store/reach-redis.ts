import { Redis } from 'ioredis'
import type { Unreachable } from '../domain/unreachable.ts'
import { redisProblem } from './redis-problem.ts'

const limitMs = 3000

export interface RedisServer {
  readonly name: 'Redis' | 'Valkey'
  readonly version: string
}

/** One try to sign in to Redis, on a connection that ends with it; of a cluster, to the first of its nodes that answers. */
export async function reachRedis(url: string): Promise<RedisServer | Unreachable> {
  let found: RedisServer | Unreachable = { kind: 'away', why: 'has no address' }
  for (const address of url.split(',')) {
    found = await reachOne(address.trim())
    if ('version' in found) return found
  }
  return found
}

async function reachOne(url: string): Promise<RedisServer | Unreachable> {
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
    const server = serverIn(await redis.info('server'))
    return reason === undefined ? server : redisProblem(reason)
  } catch (error) {
    return redisProblem(reason ?? error)
  } finally {
    redis.disconnect()
  }
}

/** Valkey gives the version of Redis that it came from as well. */
function serverIn(info: string): RedisServer {
  const versionOf = (name: string) => new RegExp(`^${name}_version:(\\S+)`, 'm').exec(info)?.[1]
  const valkey = versionOf('valkey')
  return valkey === undefined
    ? { name: 'Redis', version: versionOf('redis') ?? 'unknown' }
    : { name: 'Valkey', version: valkey }
}
