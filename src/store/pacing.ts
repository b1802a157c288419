import type { Redis } from 'ioredis'
import { type Account, lowered, paceOf, type Throttle } from '../domain/pace.ts'
import { available, bucketTerms, filled, nextTokenMs, type Tokens, taken } from '../domain/token-bucket.ts'
import type { Tier } from '../domain/words.ts'
import { type PacingCommands, pacingCommands, readState, type StateAnswer } from './pacing-commands.ts'

/** Paces the calls to one account at a provider, those of all processes together. Nothing here rejects. */
export interface Pacing {
  /** What it may be called at now, as far as is known here; Infinity: nothing limits it. */
  perSecond(): number
  /** Of that, what a tier may use. */
  perSecondOf(tier: Tier): number
  /** Takes up to `want` tokens, one for each call; fewer where others want some too. */
  lease(tier: Tier, want: number): Promise<Lease>
  /** Tells how many calls have been made since the last time, and learns what other processes have found out. */
  report(calls: number): Promise<void>
  /** The provider has throttled. */
  throttled(lately: Lately): Promise<void>
}

/** Tokens to use within a second, or none: then there may be some after `retryInMs`. */
export interface Lease {
  readonly granted: number
  readonly retryInMs: number
}

export interface Lately {
  /** Calls that were made here. */
  readonly perSecond: number
  /** Of them, how many it throttled: from 0 to 1. */
  readonly share: number
  /** The patience that it asked for; 0: none. */
  readonly afterMs: number
}

/** Always the same for the same account. */
export type OpenPacing = (account: Account) => Pacing

export interface PacingSettings {
  /** Of what a provider may be called at, how much MARKETING may use: more than 0, at most 1. */
  readonly marketingShare: number
  /** Milliseconds since 1970. */
  readonly clock?: () => number
}

/** How long Redis is left alone after it has failed. */
const restMs = 1000

/** Buckets in Redis, shared by all processes. Without it each process paces itself, by what it knew last. */
export function openPacing(redis: Redis | undefined, { marketingShare, clock = Date.now }: PacingSettings): OpenPacing {
  const commands = redis && pacingCommands(redis)
  const opened = new Map<string, Pacing>()
  let restUntil = 0

  /** Undefined: Redis is away, now or a moment ago. */
  async function ask<T>(question: (commands: PacingCommands) => Promise<T>): Promise<T | undefined> {
    if (redis?.status !== 'ready' || commands === undefined || clock() < restUntil) return undefined
    try {
      return await question(commands)
    } catch {
      restUntil = clock() + restMs
      return undefined
    }
  }

  return (account) => {
    const pacing = opened.get(account.id) ?? pace(account, marketingShare, ask, clock)
    opened.set(account.id, pacing)
    return pacing
  }
}

type Ask = <T>(question: (commands: PacingCommands) => Promise<T>) => Promise<T | undefined>

function pace({ id, budget }: Account, marketingShare: number, ask: Ask, clock: () => number): Pacing {
  // In a cluster everything about one account is in one place.
  const key = `pacing:{${id}}`
  let throttle: Throttle | undefined
  let version = '0'
  /** What to add to our clock for that of Redis, as soon as that has been heard: the times of a throttle are by it. */
  let aheadMs = 0
  // For the time without Redis: full to begin with, of whatever it holds by then.
  let tokens: Tokens = { all: Infinity, marketing: Infinity }
  let filledAt = clock()

  function perSecond(): number {
    return paceOf(throttle, budget, clock() + aheadMs)
  }

  function learn(answer: StateAnswer): number {
    const state = readState(answer)
    version = state.version
    throttle = state.throttle
    aheadMs = state.now - clock()
    return state.used
  }

  function leaseHere(tier: Tier, want: number): Lease {
    const terms = bucketTerms(perSecond(), marketingShare)
    const now = clock()
    const full = filled(tokens, terms, now - filledAt)
    const granted = Math.min(want, terms.lease, available(full, terms, tier))
    tokens = taken(full, tier, granted)
    filledAt = now
    return { granted, retryInMs: nextTokenMs(tokens, terms, tier) }
  }

  return {
    perSecond,
    perSecondOf: (tier) => perSecond() * (tier === 'MARKETING' ? marketingShare : 1),
    async lease(tier, want) {
      const limit = perSecond()
      if (limit === Infinity) return { granted: want, retryInMs: 0 }
      const terms = bucketTerms(limit, marketingShare)
      const answer = await ask((redis) => redis.lease(key, version, terms, tier, want))
      if (answer === undefined) return leaseHere(tier, want)
      if (answer.kind === 'granted') {
        return { granted: answer.count, retryInMs: nextTokenMs(answer.tokens, terms, tier) }
      }
      // Another process has found out something: it is to be asked for again, by that.
      learn(answer.state)
      return { granted: 0, retryInMs: 0 }
    },
    async report(calls) {
      const answer = await ask((redis) => redis.report(key, calls))
      if (answer !== undefined) learn(answer)
    },
    async throttled({ perSecond: usedHere, share, afterMs }) {
      const answer = await ask((redis) => redis.report(key, 0))
      const used = Math.max(usedHere, answer === undefined ? 0 : learn(answer))
      const next = lowered(throttle, { budget, used, share, afterMs, now: clock() + aheadMs })
      if (next === throttle) return
      throttle = next
      const changed = await ask((redis) => redis.change(key, version, next))
      if (changed !== undefined) learn(changed)
    },
  }
}
