import type { Redis } from 'ioredis'
import { Lru } from './lru.ts'

/** A bucket that holds `capacity` tokens and fills up again within a minute. */
export interface Bucket {
  /** Who it belongs to; never a key or a secret itself. */
  readonly id: string
  /** At least 1. */
  readonly capacity: number
}

export type Taken =
  | { readonly ok: true }
  /** Nothing was taken. After `retryAfterMs` there will be enough; never, where that is undefined. */
  | { readonly ok: false; readonly retryAfterMs: number | undefined }

export interface RateLimit {
  /** Takes all of `cost` tokens or none. Never rejects and never waits for Redis for long. */
  take(bucket: Bucket, cost: number): Promise<Taken>
}

/** How long Redis is left alone after it has failed: not every request should find out anew. */
const restMs = 1000

/** More buckets than callers that are active within a minute; one that is forgotten is full again. */
const localBuckets = 10_000

/**
 * Buckets in Redis, shared by all gateways. While Redis is away (or where there is none) each process goes on with a copy
 * of its own, from the level that Redis told last.
 */
export function rateLimit(redis: Redis | undefined, now: () => number = Date.now): RateLimit {
  const commands = redis && withScript(redis)
  const levels = new Lru<string, Level>(localBuckets)
  let restUntil = 0

  async function takeShared({ id, capacity }: Bucket, cost: number): Promise<number | undefined> {
    if (redis?.status !== 'ready' || commands === undefined || now() < restUntil) return undefined
    try {
      return Number(await commands.takeTokens(`ratelimit:api:{${id}}`, capacity, cost))
    } catch {
      restUntil = now() + restMs
      return undefined
    }
  }

  function takeLocal({ id, capacity }: Bucket, cost: number): number {
    const level = levels.get(id) ?? { tokens: capacity, at: now() }
    const tokens = Math.min(capacity, level.tokens + ((now() - level.at) * capacity) / 60_000)
    const left = tokens - cost
    levels.set(id, { tokens: left < 0 ? tokens : left, at: now() })
    return left
  }

  return {
    async take(bucket, cost) {
      if (cost > bucket.capacity) return { ok: false, retryAfterMs: undefined }
      const shared = await takeShared(bucket, cost)
      const left = shared ?? takeLocal(bucket, cost)
      if (shared !== undefined) {
        levels.set(bucket.id, { tokens: shared < 0 ? shared + cost : shared, at: now() })
      }
      return left < 0 ? { ok: false, retryAfterMs: Math.ceil((-left * 60_000) / bucket.capacity) } : { ok: true }
    },
  }
}

interface Level {
  readonly tokens: number
  /** Milliseconds since 1970. */
  readonly at: number
}

interface Script {
  takeTokens(key: string, capacity: number, cost: number): Promise<string>
}

function withScript(redis: Redis): Script {
  redis.defineCommand('takeTokens', { numberOfKeys: 1, lua: takeLua })
  return redis as unknown as Script
}

/** What is left in the bucket, or, negative, what it lacks (then nothing is taken). A full bucket needs no key. */
const takeLua = `
  local capacity, cost = tonumber(ARGV[1]), tonumber(ARGV[2])
  local t = redis.call('TIME')
  local now = t[1] * 1000 + math.floor(t[2] / 1000)
  local level = redis.call('HMGET', KEYS[1], 'tokens', 'at')
  local tokens = capacity
  if level[1] then tokens = math.min(capacity, tonumber(level[1]) + math.max(0, now - tonumber(level[2])) * capacity / 60000) end
  local left = tokens - cost
  if left >= 0 then
    redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', left), 'at', now)
    redis.call('PEXPIRE', KEYS[1], 60000)
  end
  return string.format('%.6f', left)`
