import type { Redis } from 'ioredis'
import type { ClaimResult, Mark, TargetClaim, WantedClaim } from '../domain/claim.ts'
import { type ProviderName, providerNames } from '../domain/words.ts'
import { markOf } from './claim-mark.ts'
import { completeSince } from './complete-since.ts'

/** Longer than any slice stays open after its first call. */
const keepSeconds = 24 * 3600

/** Claims in Redis. Each method rejects while Redis is away. */
export interface RedisClaims {
  claim(sliceId: string, worker: string, leaseMs: number, wanted: readonly WantedClaim[]): Promise<ClaimResult>
  /** What is there of a slice, and since when this Redis has lost nothing. */
  found(sliceId: string): Promise<{ readonly of: ReadonlyMap<string, TargetClaim>; readonly completeSince: Date }>
  renew(sliceId: string, worker: string, leaseMs: number): Promise<boolean>
  mark(sliceId: string, worker: string, key: string, mark: Mark): Promise<boolean>
}

/**
 * One hash for each slice, so that a claim is one round trip (and one slot of a cluster). The fields `worker` and `until`
 * are the lease; the field of a target holds the name of the provider once it is claimed, and JSON once it is marked.
 */
export function redisClaims(redis: Redis): RedisClaims {
  const commands = withScripts(redis)
  return {
    async claim(sliceId, worker, leaseMs, wanted) {
      const fields = wanted.flatMap(({ key, provider }) => [key, provider])
      const answers = await commands.claimSlice(keyOf(sliceId), worker, leaseMs, keepSeconds, ...fields)
      if (answers === null) return { kind: 'busy' }
      return { kind: 'claimed', of: new Map(wanted.map(({ key }, index) => [key, toClaim(answers[index] ?? '')])) }
    },
    async found(sliceId) {
      const [fields, since] = await Promise.all([redis.hgetall(keyOf(sliceId)), completeSince(redis, keyOf(sliceId))])
      const claims = Object.entries(fields).flatMap(([field, value]): [string, TargetClaim][] =>
        field.startsWith('t:') ? [[field.slice(2), toClaim(value)]] : [],
      )
      return { of: new Map(claims), completeSince: since }
    },
    async renew(sliceId, worker, leaseMs) {
      return (await commands.renewLease(keyOf(sliceId), worker, leaseMs)) === 1
    },
    async mark(sliceId, worker, key, mark) {
      return (await commands.markTarget(keyOf(sliceId), worker, `t:${key}`, JSON.stringify(mark))) === 1
    },
  }
}

function keyOf(sliceId: string): string {
  return `claim:{${sliceId}}`
}

function toClaim(answer: string): TargetClaim {
  if (answer === 'new') return { kind: 'new' }
  if (answer.startsWith('{')) return { kind: 'marked', mark: markOf(JSON.parse(answer)) }
  return { kind: 'unmarked', provider: toProvider(answer) }
}

function toProvider(word: string): ProviderName | undefined {
  return providerNames.find((name) => name === word)
}

interface ClaimCommands {
  claimSlice(key: string, worker: string, leaseMs: number, keep: number, ...fields: string[]): Promise<string[] | null>
  renewLease(key: string, worker: string, leaseMs: number): Promise<number>
  markTarget(key: string, worker: string, field: string, mark: string): Promise<number>
}

function withScripts(redis: Redis): ClaimCommands {
  redis.defineCommand('claimSlice', { numberOfKeys: 1, lua: claimLua })
  redis.defineCommand('renewLease', { numberOfKeys: 1, lua: renewLua })
  redis.defineCommand('markTarget', { numberOfKeys: 1, lua: markLua })
  return redis as unknown as ClaimCommands
}

const nowMs = `local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000)`

const claimLua = `${nowMs}
  local lease = redis.call('HMGET', KEYS[1], 'worker', 'until')
  if lease[1] and lease[1] ~= ARGV[1] and tonumber(lease[2]) > now then return false end
  redis.call('HSET', KEYS[1], 'worker', ARGV[1], 'until', now + ARGV[2])
  redis.call('EXPIRE', KEYS[1], ARGV[3])
  local answers = {}
  for i = 4, #ARGV, 2 do
    local field = 't:' .. ARGV[i]
    if redis.call('HSETNX', KEYS[1], field, ARGV[i + 1]) == 1 then answers[#answers + 1] = 'new'
    else answers[#answers + 1] = redis.call('HGET', KEYS[1], field) end
  end
  return answers`

// A hash that is gone (flushed) belongs to whoever still works on it.
const renewLua = `${nowMs}
  local worker = redis.call('HGET', KEYS[1], 'worker')
  if worker and worker ~= ARGV[1] then return 0 end
  redis.call('HSET', KEYS[1], 'worker', ARGV[1], 'until', now + ARGV[2])
  redis.call('EXPIRE', KEYS[1], ${keepSeconds})
  return 1`

const markLua = `
  local worker = redis.call('HGET', KEYS[1], 'worker')
  if worker and worker ~= ARGV[1] then return 0 end
  redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
  redis.call('EXPIRE', KEYS[1], ${keepSeconds})
  return 1`
