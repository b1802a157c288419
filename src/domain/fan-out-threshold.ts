import type { Tier } from './words.ts'

/** What a tier's fan-out is seen to be able to do. */
export interface FanOutLoad {
  /** Recipients that it writes to in a second while it has something to do. */
  readonly recipientsPerSecond: number
  /** Recipients who are yet to be written to. */
  readonly backlog: number
}

export interface ThresholdLimits {
  readonly floor: number
  readonly ceiling: number
}

/** Until it has been measured. */
export const firstThreshold = 10_000

/** How long the fan-out of one notification may take, with all that waits before it. */
const budgetSeconds: Record<Tier, number> = { TRANSACTIONAL: 1, SOCIAL: 5, MARKETING: 60 }

/** By so much, at least, what it should be has to differ from what it is: else it stays. */
const hysteresis = 0.25

/**
 * Above how many followers an actor broadcasts: what the tier's fan-out gets done in its time, less what waits already,
 * between floor and ceiling.
 */
export function nextThreshold(now: number, load: FanOutLoad, tier: Tier, { floor, ceiling }: ThresholdLimits): number {
  const done = load.recipientsPerSecond * budgetSeconds[tier] - load.backlog
  const wanted = Math.round(Math.min(ceiling, Math.max(floor, done)))
  const isOutside = now < floor || now > ceiling
  return isOutside || Math.abs(wanted - now) > now * hysteresis ? wanted : now
}

/** What a process has done since it told last. */
export interface FanOutWork {
  readonly recipients: number
  /** For how long it was at it, with however many pages at once. */
  readonly busyMs: number
}

/** Two seconds of work say all, less says something. */
const whollyBelievedMs = 2000

/** A process's rate with what it has done since; undefined: it is not known yet. */
export function nextRate(before: number | undefined, { recipients, busyMs }: FanOutWork): number | undefined {
  if (busyMs <= 0) return before
  const seen = recipients / (busyMs / 1000)
  return before === undefined ? seen : before + (seen - before) * Math.min(1, busyMs / whollyBelievedMs)
}
