import { rampPerSecond } from '../domain/slow-start.ts'

/** Holds calls back for a while after a provider has come back. */
export interface SlowStart {
  /** It is back; before it failed it was called `perSecond` times a second. */
  begin(perSecond: number, now: number): void
  /** Milliseconds until the call may be made. More than `patienceMs`: it is not waited for, and others go first. */
  turnInMs(now: number): number
}

export function openSlowStart(patienceMs: number): SlowStart {
  let before = 0
  let began = -Infinity
  let nextAt = 0
  return {
    begin(perSecond, now) {
      before = perSecond
      began = now
      nextAt = now
    },
    turnInMs(now) {
      const rate = rampPerSecond(before, now - began)
      if (rate === undefined) return 0
      const at = Math.max(nextAt, now)
      if (at - now <= patienceMs) nextAt = at + 1000 / rate
      return at - now
    },
  }
}
