import type { Redis } from 'ioredis'
import type { ClaimResult, Claims, TargetClaim } from '../domain/claim.ts'
import { parseMark } from './claim-mark.ts'

/** Longer than any slice stays open after its first call. */
const keepSeconds = 24 * 3600

/**
 * Claims in Redis: one hash for each slice, so that a claim is one round trip (and one slot of a cluster). The field
 * `lease` says who is at it until when; the field of a target is empty once claimed and holds the outcome once marked.
 */
export function redisClaims(redis: Redis): Claims {
  const commands = withScripts(redis)
  return {
    async claim(sliceId, targets, worker, leaseMs) {
      const answers = await commands.claimSlice(key(sliceId), worker, leaseMs, keepSeconds, ...targets)
      return toResult(targets, answers)
    },
    async renew(sliceId, worker, leaseMs) {
      await commands.renewLease(key(sliceId), worker, leaseMs)
    },
    async mark(sliceId, target, outcome) {
      await redis.hset(key(sliceId), `t:${target}`, JSON.stringify(outcome))
    },
  }
}

function key(sliceId: string): string {
  return `claim:{${sliceId}}`
}

function toResult(targets: readonly string[], answers: readonly string[] | null): ClaimResult {
  if (answers === null) return { kind: 'busy' }
  return { kind: 'claimed', of: new Map(targets.map((target, index) => [target, toClaim(answers[index])])) }
}

function toClaim(answer: string | undefined): TargetClaim {
  if (answer === 'new') return { kind: 'new' }
  return answer ? { kind: 'marked', outcome: parseMark(answer) } : { kind: 'unmarked' }
}

interface ClaimCommands {
  claimSlice(key: string, worker: string, leaseMs: number, keep: number, ...targets: string[]): Promise<string[] | null>
  renewLease(key: string, worker: string, leaseMs: number): Promise<number>
}

function withScripts(redis: Redis): ClaimCommands {
  redis.defineCommand('claimSlice', { numberOfKeys: 1, lua: claimLua })
  redis.defineCommand('renewLease', { numberOfKeys: 1, lua: renewLua })
  return redis as unknown as ClaimCommands
}

const nowMs = `local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000)`

const claimLua = `${nowMs}
  local lease = redis.call('HMGET', KEYS[1], 'worker', 'until')
  if lease[1] and lease[1] ~= ARGV[1] and tonumber(lease[2]) > now then return false end
  redis.call('HSET', KEYS[1], 'worker', ARGV[1], 'until', now + ARGV[2])
  redis.call('EXPIRE', KEYS[1], ARGV[3])
  local answers = {}
  for i = 4, #ARGV do
    local field = 't:' .. ARGV[i]
    if redis.call('HSETNX', KEYS[1], field, '') == 1 then answers[i - 3] = 'new'
    else answers[i - 3] = redis.call('HGET', KEYS[1], field) end
  end
  return answers`

const renewLua = `${nowMs}
  if redis.call('HGET', KEYS[1], 'worker') ~= ARGV[1] then return 0 end
  redis.call('HSET', KEYS[1], 'until', now + ARGV[2])
  return 1`
