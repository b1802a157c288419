/*
 * How fast a provider may be called. It tells by throttling: then we go down at once, to what it took, and up again
 * slowly (additive increase, multiplicative decrease). Rates are calls a second; Infinity is no limit.
 */

/** That a provider has throttled. */
export interface Throttle {
  /** What was left of the rate. */
  readonly perSecond: number
  /** What it was too much at. */
  readonly from: number
  /** Milliseconds, as everywhere here. */
  readonly at: number
  /** The provider asked for patience until then. */
  readonly heldUntil: number
}

/** One account at a provider, and what may be asked of it. */
export interface Account {
  /** The provider's name, and a hash of its credentials. */
  readonly id: string
  /** What the configuration allows. */
  readonly budget: number
}

/** Slowest: it is how we notice that the provider takes calls again. */
const floor = 1
const atMostEveryMs = 1_000
/** A little less than it took. */
const margin = 0.9
/** Of `from`, each second. */
const raise = 0.02
const leastRaise = 0.2
/** When it has not throttled at so much more than what was too much, it was not about the rate, or it is no more. */
const forgottenAt = 2
const fading = 0.7

/**
 * Half of what was too much is soon tried again; from there it goes up slowly, to the budget, or until the throttle is
 * forgotten. Time alone raises it: nothing is lost when nobody calls meanwhile.
 */
export function paceOf(throttle: Throttle | undefined, budget: number, now: number): number {
  if (throttle === undefined) return budget
  const { perSecond, from, heldUntil } = throttle
  const seconds = Math.max(0, now - heldUntil) / 1000
  const half = from / 2
  const doublings = Math.max(0, Math.log2(half / perSecond))
  const pace =
    seconds < doublings
      ? perSecond * 2 ** seconds
      : Math.max(half, perSecond) + (seconds - doublings) * Math.max(leastRaise, from * raise)
  return pace >= from * forgottenAt ? budget : Math.min(pace, budget)
}

export interface Throttling {
  readonly budget: number
  /** What it was called at lately, by everybody. */
  readonly used: number
  /** Of those calls, how many it throttled: from 0 to 1. */
  readonly share: number
  /** The patience it asked for, if any. */
  readonly afterMs: number
  readonly now: number
}

/** Lower, at most once a second: calls that were under way must not count twice. */
export function lowered(throttle: Throttle | undefined, throttling: Throttling): Throttle {
  const { budget, used, share, afterMs, now } = throttling
  if (throttle !== undefined && now < throttle.at + atMostEveryMs) return throttle
  const heldUntil = Math.max(now + atMostEveryMs, now + afterMs)
  const before = Math.min(paceOf(throttle, budget, now), Math.max(used, floor))
  const perSecond = Math.max(floor, before * (1 - share) * margin)
  // While it is held down, a throttled call says nothing new of what was too much.
  if (throttle !== undefined && now < throttle.heldUntil) {
    return { perSecond, from: throttle.from, at: now, heldUntil: Math.max(heldUntil, throttle.heldUntil) }
  }
  return { perSecond, from: Math.max(before, (throttle?.from ?? 0) * fading), at: now, heldUntil }
}

const fewThrottled = 2
const fewShare = 0.05

/** A provider may throttle single devices and numbers, too: that is no reason to slow down the rest. */
export function isThrottling({ calls, throttled }: { readonly calls: number; readonly throttled: number }): boolean {
  return throttled >= fewThrottled && throttled >= calls * fewShare
}
