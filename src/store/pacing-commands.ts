import type { Redis } from 'ioredis'
import type { Throttle } from '../domain/pace.ts'
import type { BucketTerms, Tokens } from '../domain/token-bucket.ts'
import type { Tier } from '../domain/words.ts'

/*
 * One hash for each account: how far it is throttled, with a version; its tokens; how many calls were made in this second
 * and the one before. Each command is one round trip, and atomic. The clock is that of Redis.
 */

/** A throttle is forgotten long before. */
const keepMs = 3_600_000

export interface PacingCommands {
  /** Takes up to `want` tokens, unless the throttle is another one than we know. */
  lease(key: string, version: string, terms: BucketTerms, tier: Tier, want: number): Promise<Leased>
  /** Adds to the calls of this second; gives the state. */
  report(key: string, calls: number): Promise<StateAnswer>
  /** Puts this throttle in place of the one with that version; gives the state, ours or what somebody else has put there. */
  change(key: string, version: string, throttle: Throttle): Promise<StateAnswer>
}

export type Leased =
  | { readonly kind: 'granted'; readonly count: number; readonly tokens: Tokens }
  | { readonly kind: 'stale'; readonly state: StateAnswer }

/** version, perSecond, from, at, heldUntil, now, used; for {@link readState}. */
export type StateAnswer = readonly (string | null)[]

export interface PacingState {
  readonly version: string
  readonly throttle: Throttle | undefined
  /** Milliseconds by the clock of Redis. */
  readonly now: number
  /** Calls a second, of all processes. */
  readonly used: number
}

export function readState(answer: StateAnswer): PacingState {
  const [version, perSecond, from, at, heldUntil, now, used] = answer
  return {
    version: version ?? '0',
    throttle: perSecond
      ? { perSecond: Number(perSecond), from: Number(from), at: Number(at), heldUntil: Number(heldUntil) }
      : undefined,
    now: Number(now),
    used: Number(used),
  }
}

export function pacingCommands(redis: Redis): PacingCommands {
  redis.defineCommand('pacingLease', { numberOfKeys: 1, lua: leaseLua })
  redis.defineCommand('pacingReport', { numberOfKeys: 1, lua: reportLua })
  redis.defineCommand('pacingChange', { numberOfKeys: 1, lua: changeLua })
  const scripts = redis as unknown as Scripts
  return {
    async lease(key, version, terms, tier, want) {
      const { perSecond, capacity, marketingPerSecond, marketingCapacity, reserve } = terms
      const [granted, ...rest] = await scripts.pacingLease(
        key,
        version,
        perSecond,
        capacity,
        marketingPerSecond,
        marketingCapacity,
        tier === 'TRANSACTIONAL' ? 0 : reserve,
        tier === 'MARKETING' ? 1 : 0,
        Math.min(want, terms.lease),
      )
      if (granted === null || granted === undefined) return { kind: 'stale', state: rest }
      const [all, marketing] = rest
      return { kind: 'granted', count: Number(granted), tokens: { all: Number(all), marketing: Number(marketing) } }
    },
    report: (key, calls) => scripts.pacingReport(key, calls),
    change: (key, version, { perSecond, from, at, heldUntil }) =>
      scripts.pacingChange(key, version, perSecond, from, at, heldUntil),
  }
}

interface Scripts {
  pacingLease(key: string, version: string, ...args: number[]): Promise<readonly (string | null)[]>
  pacingReport(key: string, calls: number): Promise<StateAnswer>
  pacingChange(key: string, version: string, ...throttle: number[]): Promise<StateAnswer>
}

const stateLua = `
  local t = redis.call('TIME')
  local now = t[1] * 1000 + t[2] / 1000
  local second = tonumber(t[1])
  local function state()
    local it = redis.call('HMGET', KEYS[1], 'version', 'perSecond', 'from', 'at', 'heldUntil', 'second', 'calls', 'before')
    local used = 0
    local since = it[6] and second - tonumber(it[6])
    if since == 0 then used = math.max(tonumber(it[7]), tonumber(it[8])) end
    if since == 1 then used = tonumber(it[7]) end
    return { it[1], it[2], it[3], it[4], it[5], string.format('%.3f', now), tostring(used) }
  end
  local function keep() redis.call('PEXPIRE', KEYS[1], ${keepMs}) end`

const reportLua = `${stateLua}
  local calls = tonumber(ARGV[1])
  if calls > 0 then
    local it = redis.call('HMGET', KEYS[1], 'second', 'calls')
    local since = it[1] and second - tonumber(it[1])
    if since == 0 then redis.call('HINCRBY', KEYS[1], 'calls', calls)
    else redis.call('HSET', KEYS[1], 'second', second, 'calls', calls, 'before', since == 1 and it[2] or 0) end
    keep()
  end
  return state()`

const changeLua = `${stateLua}
  if (redis.call('HGET', KEYS[1], 'version') or '0') == ARGV[1] then
    redis.call('HINCRBY', KEYS[1], 'version', 1)
    redis.call('HSET', KEYS[1], 'perSecond', ARGV[2], 'from', ARGV[3], 'at', ARGV[4], 'heldUntil', ARGV[5])
    keep()
  end
  return state()`

const leaseLua = `${stateLua}
  local it = redis.call('HMGET', KEYS[1], 'version', 'tokens', 'marketing', 'filledAt')
  if (it[1] or '0') ~= ARGV[1] then
    local stale = state()
    table.insert(stale, 1, false)
    return stale
  end
  local capacity, marketingCapacity = tonumber(ARGV[3]), tonumber(ARGV[5])
  local tokens, marketing = capacity, marketingCapacity
  if it[4] then
    local seconds = math.max(0, now - tonumber(it[4])) / 1000
    tokens = math.min(capacity, tonumber(it[2]) + seconds * tonumber(ARGV[2]))
    marketing = math.min(marketingCapacity, tonumber(it[3]) + seconds * tonumber(ARGV[4]))
  end
  local count = math.min(tonumber(ARGV[8]), math.floor(tokens - tonumber(ARGV[6])))
  if ARGV[7] == '1' then count = math.min(count, math.floor(marketing)) end
  count = math.max(0, count)
  tokens = tokens - count
  if ARGV[7] == '1' then marketing = marketing - count end
  redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens), 'marketing', string.format('%.6f', marketing),
    'filledAt', string.format('%.3f', now))
  keep()
  return { tostring(count), string.format('%.6f', tokens), string.format('%.6f', marketing) }`
