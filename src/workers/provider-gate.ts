import { setTimeout as sleep } from 'node:timers/promises'
import { type BreakerSettings, breakerStates, type Verdict } from '../domain/breaker.ts'
import type { ProviderView } from '../domain/provider-health.ts'
import type { ProviderName, Tier } from '../domain/words.ts'
import { log } from '../log.ts'
import type { Pacing } from '../store/pacing.ts'
import { type BreakerStatus, openBreaker } from './breaker.ts'
import { openBulkhead } from './bulkhead.ts'
import type { Entry, Gate, WaitReason } from './gate.ts'
import { breakerState, breakersOpened, gateWaits } from './gate-metrics.ts'
import { openLastMinute } from './last-minute.ts'
import { openPacer } from './pacer.ts'
import { openRecentCalls } from './recent-calls.ts'
import { openSlowStart } from './slow-start.ts'
import { watchThrottling } from './throttle-watch.ts'
import { openWaitingLine } from './waiting-line.ts'

export interface GateSettings {
  /** Calls under way at once. */
  readonly concurrency: number
  readonly breaker: BreakerSettings
}

export interface ProviderGateDeps {
  readonly provider: ProviderName
  readonly tier: Tier
  readonly settings: GateSettings
  readonly pacing: Pacing
  /** Milliseconds that never run backwards, close to those since 1970. */
  readonly now: () => number
  readonly random: () => number
}

export interface ProviderGate extends Gate {
  /** What time brings about: to be called every second. */
  look(): void
  view(): ProviderView
  /** Grows with whatever changes the view. */
  changes(): number
}

/**
 * How long a call may wait in here, for a place and then for its turn. Bulk waits for longer: sent away, it comes back in steps of
 * seconds, and a provider that paces it would be called in bursts, with pauses between them.
 */
const patience: Record<Tier, number> = { TRANSACTIONAL: 250, SOCIAL: 2000, MARKETING: 2000 }
/** When to come back, where nothing better is known. Not too soon: every return costs a slice. */
const againMs = { full: 300, silent: 1500, ramp: 2000, retry: 3000, stopping: 100 } as const
/** Of slices that wait for the breaker, as many come back a second as were called before, and so many at least. */
const leastPerSecond = 10

/** Breaker, places, retry budget and pace of one provider and tier in this process. */
export function openProviderGate({ provider, tier, settings, pacing, now, random }: ProviderGateDeps): ProviderGate {
  const labels = { provider, tier }
  const patienceMs = patience[tier]
  const recent = openRecentCalls()
  const minute = openLastMinute()
  const places = openBulkhead(settings.concurrency, settings.breaker.minCalls, patienceMs)
  const slowStart = openSlowStart(patienceMs)
  const line = openWaitingLine(random)
  const pacer = openPacer(pacing, tier, patienceMs, now, random)
  const throttling = watchThrottling(pacing)
  const breaker = openBreaker(settings.breaker, random, { judged, changed })
  let perSecondBefore = 0
  let changes = 0
  breakerState.set(labels, 0)

  function judged(verdict: Verdict, at: number): void {
    changes += 1
    minute.judged(verdict, at)
  }

  function changed({ state, because, until }: BreakerStatus, from: BreakerStatus, at: number): void {
    changes += 1
    breakerState.set(labels, breakerStates.indexOf(state))
    if (state === 'OPEN') {
      if (from.state === 'CLOSED') perSecondBefore = recent.perSecond(at)
      breakersOpened.inc(labels)
      log.warn({ ...labels, because, forMs: Math.round((until ?? at) - at) }, 'breaker opened')
    }
    if (state === 'CLOSED') {
      slowStart.begin(perSecondBefore, at)
      log.info({ ...labels, because: from.because }, 'breaker closed')
    }
  }

  function wait(because: WaitReason, forMs: number): Entry {
    gateWaits.inc({ ...labels, reason: because })
    return { kind: 'wait', because, forMs: Math.ceil(forMs) }
  }

  /** Up to half as long again, so that not everybody comes back at once. */
  function spread(leastMs: number): number {
    return leastMs * (1 + random() / 2)
  }

  function breakerWait(at: number): Entry {
    return wait('breaker_open', breakerWaitMs(at))
  }

  /** While it is open: from when it is tried again. While it is being tried: from when that will have told. */
  function breakerWaitMs(at: number): number {
    const from = breaker.status(at).until ?? at + settings.breaker.slowMs
    return line.place(from, Math.max(leastPerSecond, perSecondBefore)) - at
  }

  /** 0: now; otherwise the call cannot be made soon, but is likely to be after so many milliseconds. */
  function turn(at: number): number | Promise<number> {
    const heldMs = slowStart.turnInMs(at)
    if (heldMs > patienceMs) return spread(againMs.ramp)
    if (heldMs > 0) return sleep(heldMs).then(() => pacedTurn(now()))
    return pacedTurn(at)
  }

  function pacedTurn(at: number): number | Promise<number> {
    const paced = pacer.turn(at)
    return paced === true ? 0 : paced
  }

  function go(isRetry: boolean, at: number): Entry {
    const call = breaker.begin(at)
    recent.begin(isRetry, at)
    throttling.called(at)
    changes += 1
    let left = false
    return {
      kind: 'go',
      leave(outcome, latencyMs) {
        if (left) return
        left = true
        const at = now()
        if (outcome.kind !== 'unknown') places.answered(at)
        places.give()
        breaker.end(call, outcome, latencyMs, at)
        recent.end(isRetry, outcome, at)
        minute.answered(latencyMs, at)
        if (outcome.kind === 'retryable' && outcome.throttled) throttling.throttled(outcome.afterMs ?? 0, at)
      },
    }
  }

  return {
    isClosed() {
      const at = now()
      return !breaker.admits(at) || places.isStuck(at)
    },
    comeBackInMs() {
      const at = now()
      return Math.ceil(breaker.admits(at) ? spread(againMs.silent) : breakerWaitMs(at))
    },
    async enter({ isRetry }, signal) {
      const began = now()
      if (signal.aborted) return wait('busy', againMs.stopping)
      if (!breaker.admits(began)) return breakerWait(began)
      if (isRetry && !recent.mayRetry(began)) return wait('retry_budget', spread(againMs.retry))
      if (places.isStuck(began)) return wait('busy', spread(againMs.silent))
      const place = places.take(began)
      if (place !== true && !(await place)) return wait('busy', spread(againMs.full))
      const turning = turn(now())
      const inMs = turning === 0 ? 0 : await turning
      const at = now()
      // While it waited, much may have happened.
      if (inMs === 0 && !signal.aborted && breaker.admits(at)) return go(isRetry, at)
      places.give()
      if (inMs > 0) return wait('paced', inMs)
      return signal.aborted ? wait('busy', againMs.stopping) : breakerWait(at)
    },
    look() {
      breaker.look(now())
      throttling.report()
    },
    view() {
      const at = now()
      const { state, because, until } = breaker.status(at)
      const limit = pacing.perSecond()
      return {
        ...labels,
        state,
        openedBecause: because ?? null,
        openUntil: until === undefined ? null : new Date(until),
        ...minute.counts(at),
        limitPerSecond: limit === Infinity ? null : limit,
      }
    },
    changes: () => changes,
  }
}
