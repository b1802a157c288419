import type { Redis } from 'ioredis'
import { capKey, type FrequencyCap } from '../domain/frequency-cap.ts'

/** One person, and a cap that applies to what she might get. */
export interface CountKey {
  readonly userId: string
  readonly cap: Omit<FrequencyCap, 'limit'>
}

/**
 * How many each has had within the window that ends now: one round trip, exact to the millisecond. Nothing that Redis
 * has lost is counted: without it, or after a flush, somebody gets a few more at worst. Never rejects.
 */
export async function readCounts(
  redis: Redis | undefined,
  keys: readonly CountKey[],
  now: Date,
): Promise<readonly number[]> {
  if (redis?.status !== 'ready' || keys.length === 0) return keys.map(() => 0)
  const begins = keys.map(({ cap }) => now.getTime() - cap.perSeconds * 1000)
  const counts = redis.isCluster
    ? Promise.all(keys.map((key, index) => redis.zcount(keyOf(key), `(${begins[index]}`, '+inf')))
    : redis.eval(countLua, keys.length, ...keys.map(keyOf), ...begins)
  const known = await counts.catch(() => [])
  return keys.map((_, index) => (Array.isArray(known) ? Number(known[index] ?? 0) : 0))
}

/** Counts this notification for each of them; once, however often it is repeated. One round trip. Never rejects. */
export async function addCounts(
  redis: Redis | undefined,
  notificationId: string,
  keys: readonly CountKey[],
  now: Date,
): Promise<void> {
  if (redis?.status !== 'ready' || keys.length === 0) return
  // In a cluster everything about one person is in one place, and others are elsewhere.
  const groups = redis.isCluster ? [...Map.groupBy(keys, ({ userId }) => userId).values()] : [keys]
  const added = groups.map((group) => {
    const windows = group.map(({ cap }) => cap.perSeconds * 1000)
    return redis.eval(addLua, group.length, ...group.map(keyOf), now.getTime(), notificationId, ...windows)
  })
  await Promise.all(added).catch(() => {})
}

function keyOf({ userId, cap }: CountKey): string {
  return `frequency:{${userId}}:${capKey(cap)}`
}

/** What has left the window still stands there until the next one comes, or until all of them have left it. */
const countLua = `
  local counts = {}
  for i, key in ipairs(KEYS) do counts[i] = redis.call('ZCOUNT', key, '(' .. ARGV[i], '+inf') end
  return counts`

const addLua = `
  local now = tonumber(ARGV[1])
  for i, key in ipairs(KEYS) do
    local window = tonumber(ARGV[i + 2])
    redis.call('ZADD', key, 'NX', now, ARGV[2])
    redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('%d', now - window))
    redis.call('PEXPIRE', key, window)
  end`
