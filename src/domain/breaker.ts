import type { Outcome } from './outcome.ts'

/*
 * When to stop calling a provider, and for how long. What it says of one message or one person, and that we ask for too
 * much at once, says nothing of its health: design.md, section 6.
 */

export const breakerStates = ['CLOSED', 'HALF_OPEN', 'OPEN'] as const
export type BreakerState = (typeof breakerStates)[number]

export interface BreakerSettings {
  /** From 0 to 1: so many of the calls of ten seconds have failed. */
  readonly failureRate: number
  /** Of fewer calls nothing can be said. */
  readonly minCalls: number
  /** A call that takes longer has failed, also while it is still under way. */
  readonly slowMs: number
}

/** What a call says of its provider's health. `refused`: it does not take us for who we are. */
export type Verdict = 'well' | 'failed' | 'slow' | 'refused' | 'throttled'

export function verdictOf(outcome: Outcome, latencyMs: number, slowMs: number): Verdict {
  switch (outcome.kind) {
    case 'config':
      return 'refused'
    case 'unknown':
      return 'failed'
    case 'retryable':
      return outcome.throttled ? 'throttled' : 'failed'
    case 'accepted':
    case 'stale_target':
    case 'suppressed':
    case 'permanent':
      return latencyMs > slowMs ? 'slow' : 'well'
  }
}

/** Calls that ended lately, those it throttled left out. */
export interface RecentCalls {
  readonly calls: number
  /** Refused ones included. */
  readonly failed: number
  readonly refused: number
  /** Failed since the last one that went well, and how long ago that was. */
  readonly inARow: number
  readonly sinceWellMs: number
}

/** Wrong credentials do not mend themselves, so a few refusals are enough; one may be about one message alone. */
const minRefused = 3

/** Why the breaker should open, for people; `last` is the code of the last failure. Undefined: it should not. */
export function reasonToOpen(recent: RecentCalls, last: string, settings: BreakerSettings): string | undefined {
  const { calls, failed, refused, inARow, sinceWellMs } = recent
  const { failureRate, minCalls, slowMs } = settings
  if (refused >= minRefused && refused >= failureRate * calls) {
    return `${refused} of ${calls} calls were refused: our credentials or settings are wrong; the last: ${last}`
  }
  if (calls >= minCalls && failed >= failureRate * calls) {
    return `${failed} of ${calls} calls failed; the last: ${last}`
  }
  // Where one that hangs gets few calls, what went well before outweighs them for long.
  return inARow >= minCalls && sinceWellMs >= slowMs ? `${inARow} calls in a row failed; the last: ${last}` : undefined
}

const shortestMs = 2_000
const longestMs = 15_000

/** Twice as long each time it does not help; a quarter more or less, so that processes do not probe in step. */
export function openForMs(openings: number, random: number): number {
  return Math.min(longestMs, shortestMs * 2 ** (openings - 1)) * (0.75 + random / 2)
}
