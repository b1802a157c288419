import {
  type BreakerSettings,
  type BreakerState,
  openForMs,
  reasonToOpen,
  type Verdict,
  verdictOf,
} from '../domain/breaker.ts'
import type { Outcome } from '../domain/outcome.ts'
import { slidingCounts } from '../domain/sliding-counts.ts'

export interface BreakerStatus {
  readonly state: BreakerState
  /** Of the last opening, until it closes. */
  readonly because: string | undefined
  /** While it is open. */
  readonly until: number | undefined
}

/** A call under way. */
export interface CallUnderWay {
  readonly startedAt: number
  /** Since the breaker last changed: an answer to a call of before says nothing of now. */
  readonly period: number
  /** It is slow already, and has counted as such. */
  judged: boolean
}

/**
 * The circuit breaker of one provider and tier. Times are milliseconds and come in as arguments.
 *
 * Of our own, and not one of the usual packages: those wrap a function and judge it when it ends, so that a provider that
 * hangs is noticed only after its timeouts; and they read the clock themselves.
 */
export interface Breaker {
  status(now: number): BreakerStatus
  /** Whether a call may begin now. While it is half open: whether there is room for one more probe. */
  admits(now: number): boolean
  begin(now: number): CallUnderWay
  end(call: CallUnderWay, outcome: Outcome, latencyMs: number, now: number): void
  /** Counts the calls under way that have become slow: to be called now and then. */
  look(now: number): void
}

export interface BreakerEvents {
  /** With each verdict, once for each call: `slow` may come before its end. */
  judged(verdict: Verdict, now: number): void
  changed(to: BreakerStatus, from: BreakerStatus, now: number): void
}

const bucketMs = 1000
const buckets = 10
const column = { calls: 0, failed: 1, refused: 2 } as const
const probes = 3
/** Closed for so long, it opens for the shortest time again. */
const calmMs = 60_000

export function openBreaker(settings: BreakerSettings, random: () => number, events: BreakerEvents): Breaker {
  const counts = slidingCounts(Object.keys(column).length, bucketMs, buckets)
  const underWay = new Set<CallUnderWay>()
  let state: BreakerState = 'CLOSED'
  let because: string | undefined
  let until = 0
  let openings = 0
  let closedAt = -calmMs
  let period = 0
  let probing = 0
  let succeeded = 0
  let inARow = 0
  let wellAt = 0

  function statusNow(): BreakerStatus {
    return { state, because, until: state === 'OPEN' ? until : undefined }
  }

  function change(to: BreakerState, why: string | undefined, now: number): void {
    const before = statusNow()
    state = to
    because = why
    period += 1
    probing = 0
    succeeded = 0
    inARow = 0
    wellAt = now
    counts.clear()
    events.changed(statusNow(), before, now)
  }

  function open(why: string, now: number): void {
    openings = state === 'CLOSED' && now - closedAt >= calmMs ? 1 : openings + 1
    until = now + openForMs(openings, random())
    change('OPEN', why, now)
  }

  function close(now: number): void {
    closedAt = now
    change('CLOSED', undefined, now)
  }

  /** An open breaker lets somebody try when its time is over. */
  function turn(now: number): void {
    if (state === 'OPEN' && now >= until) change('HALF_OPEN', because, now)
  }

  function judge(call: CallUnderWay, verdict: Verdict, code: string, now: number): void {
    if (call.judged) return
    call.judged = true
    events.judged(verdict, now)
    if (call.period !== period) return
    if (state === 'CLOSED') judgeClosed(verdict, code, now)
    if (state === 'HALF_OPEN') judgeProbe(verdict, code, now)
  }

  function judgeClosed(verdict: Verdict, code: string, now: number): void {
    if (verdict === 'throttled') return
    counts.add(column.calls, now)
    if (verdict === 'well') {
      inARow = 0
      wellAt = now
      return
    }
    inARow += 1
    counts.add(column.failed, now)
    if (verdict === 'refused') counts.add(column.refused, now)
    const recent = {
      calls: counts.sum(column.calls, now),
      failed: counts.sum(column.failed, now),
      refused: counts.sum(column.refused, now),
      inARow,
      sinceWellMs: now - wellAt,
    }
    const reason = reasonToOpen(recent, code, settings)
    if (reason !== undefined) open(reason, now)
  }

  function judgeProbe(verdict: Verdict, code: string, now: number): void {
    // One that throttles is there.
    const isThere = verdict === 'well' || verdict === 'throttled'
    if (!isThere) open(`a probe failed: ${code}`, now)
    else if (succeeded + 1 === probes) close(now)
    else succeeded += 1
  }

  function look(now: number): void {
    // In the order in which they began.
    for (const call of underWay) {
      if (now - call.startedAt <= settings.slowMs) break
      judge(call, 'slow', slowCode(settings), now)
    }
    turn(now)
  }

  return {
    status(now) {
      turn(now)
      return statusNow()
    },
    admits(now) {
      turn(now)
      return state === 'CLOSED' || (state === 'HALF_OPEN' && probing + succeeded < probes)
    },
    begin(now) {
      if (state === 'HALF_OPEN') probing += 1
      const call = { startedAt: now, period, judged: false }
      underWay.add(call)
      return call
    },
    end(call, outcome, latencyMs, now) {
      underWay.delete(call)
      if (state === 'HALF_OPEN' && call.period === period) probing -= 1
      const verdict = verdictOf(outcome, latencyMs, settings.slowMs)
      judge(call, verdict, verdict === 'slow' ? slowCode(settings) : (outcome.code ?? outcome.kind), now)
    },
    look,
  }
}

function slowCode({ slowMs }: BreakerSettings): string {
  return `no answer within ${slowMs} ms`
}
