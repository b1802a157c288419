import { describe, expect, test } from 'vitest'
import type { Outcome } from '../domain/outcome.ts'
import { openBreaker } from './breaker.ts'

const well: Outcome = { kind: 'accepted' }
const failed: Outcome = { kind: 'retryable', code: '503' }
const throttled: Outcome = { kind: 'retryable', code: '429', throttled: true }

/** A breaker with a clock of its own, in seconds, and what became of it. */
function aBreaker() {
  const states: string[] = []
  const verdicts: string[] = []
  const settings = { failureRate: 0.5, minCalls: 5, slowMs: 5000 }
  const breaker = openBreaker(settings, () => 0.5, {
    judged: (verdict) => verdicts.push(verdict),
    changed: ({ state }) => states.push(state),
  })
  return {
    states,
    verdicts,
    begin: (second: number) => breaker.begin(second * 1000),
    end: (call: ReturnType<typeof breaker.begin>, outcome: Outcome, second: number) =>
      breaker.end(call, outcome, second * 1000 - call.startedAt, second * 1000),
    /** One call that is answered at once. */
    call(outcome: Outcome, second: number) {
      if (breaker.admits(second * 1000)) this.end(this.begin(second), outcome, second)
    },
    calls(count: number, outcome: Outcome, second: number) {
      for (let each = 0; each < count; each++) this.call(outcome, second)
    },
    look: (second: number) => breaker.look(second * 1000),
    admits: (second: number) => breaker.admits(second * 1000),
    status: (second: number) => breaker.status(second * 1000),
  }
}

function anOpenBreaker() {
  const breaker = aBreaker()
  breaker.calls(5, failed, 100)
  return breaker
}

describe('a closed breaker', () => {
  test('opens when half of the calls of ten seconds have failed', () => {
    const breaker = aBreaker()
    breaker.calls(10, well, 100)
    breaker.calls(9, failed, 104)
    expect(breaker.status(104).state).toBe('CLOSED')
    breaker.call(failed, 104)
    expect(breaker.status(104)).toEqual({
      state: 'OPEN',
      because: '10 of 20 calls failed; the last: 503',
      until: 106_000,
    })
  })

  test('forgets what was well ten seconds ago', () => {
    const breaker = aBreaker()
    breaker.calls(1000, well, 100)
    breaker.calls(5, failed, 111)
    expect(breaker.status(111).state).toBe('OPEN')
  })

  test('does not open for few failures, for dead targets, or for throttling', () => {
    const breaker = aBreaker()
    breaker.calls(4, failed, 100)
    breaker.calls(100, { kind: 'stale_target', code: '410' }, 111)
    breaker.calls(100, { kind: 'permanent', code: '413' }, 111)
    breaker.calls(100, { kind: 'suppressed', code: '21610' }, 111)
    breaker.calls(100, throttled, 130)
    breaker.calls(4, failed, 130)
    expect(breaker.states).toEqual([])
  })

  test('is open within twenty seconds when a provider hangs that gets two calls a second', () => {
    const breaker = aBreaker()
    for (let second = 0; second < 100; second += 0.5) breaker.call(well, second)
    let second = 100
    for (; breaker.admits(second) && second < 130; second += 0.5) {
      breaker.begin(second)
      breaker.look(second)
    }
    expect(second - 100).toBeLessThanOrEqual(10)
    expect(breaker.status(second).because).toMatch(/calls failed; the last: no answer within 5000 ms$/)
  })

  test('is open within twenty seconds when it gets one call in two seconds', () => {
    const breaker = aBreaker()
    let second = 100
    for (; breaker.admits(second) && second < 130; second += 1) {
      if (second % 2 === 0) breaker.begin(second)
      breaker.look(second)
    }
    expect(second - 100).toBeLessThanOrEqual(20)
  })

  test('counts a slow call once, at the moment it becomes slow', () => {
    const breaker = aBreaker()
    const call = breaker.begin(100)
    breaker.look(105)
    expect(breaker.verdicts).toEqual([])
    breaker.look(105.1)
    breaker.look(106)
    breaker.end(call, well, 107)
    expect(breaker.verdicts).toEqual(['slow'])
  })
})

describe('an open breaker', () => {
  test('lets nobody through until its time is over, then three at once', () => {
    const breaker = anOpenBreaker()
    expect([breaker.admits(100), breaker.admits(101.9), breaker.admits(102)]).toEqual([false, false, true])
    expect(breaker.status(102)).toEqual({
      state: 'HALF_OPEN',
      because: '5 of 5 calls failed; the last: 503',
      until: undefined,
    })
    const probes = [102, 102, 102].map(breaker.begin)
    expect(breaker.admits(102)).toBe(false)
    for (const probe of probes) breaker.end(probe, well, 103)
    expect(breaker.status(103)).toEqual({ state: 'CLOSED', because: undefined, until: undefined })
  })

  test('stays open for twice as long when a probe fails', () => {
    const breaker = anOpenBreaker()
    breaker.call(well, 102)
    breaker.call(failed, 102)
    expect(breaker.status(102)).toEqual({ state: 'OPEN', because: 'a probe failed: 503', until: 106_000 })
  })

  test('takes a probe that hangs for one that failed', () => {
    const breaker = anOpenBreaker()
    if (breaker.admits(102)) breaker.begin(102)
    breaker.look(107.1)
    expect(breaker.status(107.1)).toMatchObject({ state: 'OPEN', because: 'a probe failed: no answer within 5000 ms' })
  })

  test('closes for a provider that throttles: it is there', () => {
    const breaker = anOpenBreaker()
    breaker.calls(3, throttled, 102)
    expect(breaker.states).toEqual(['OPEN', 'HALF_OPEN', 'CLOSED'])
  })

  test('does not care for answers to calls of before', () => {
    const breaker = aBreaker()
    const old = [100, 100, 100, 100].map(breaker.begin)
    breaker.calls(5, failed, 100)
    const [first, second, third, fourth] = old
    if (first) breaker.end(first, failed, 101)
    expect(breaker.admits(102)).toBe(true)
    if (second) breaker.end(second, failed, 102)
    if (third) breaker.end(third, well, 102)
    breaker.calls(3, well, 102)
    if (fourth) breaker.end(fourth, failed, 103)
    expect(breaker.states).toEqual(['OPEN', 'HALF_OPEN', 'CLOSED'])
  })

  test('that opens again soon after it has closed stays open for longer; after a calm minute it starts anew', () => {
    const breaker = anOpenBreaker()
    breaker.calls(3, well, 102)
    breaker.calls(5, failed, 110)
    expect(breaker.status(110).until).toBe(114_000)
    breaker.calls(3, well, 114)
    breaker.calls(5, failed, 175)
    expect(breaker.status(175).until).toBe(177_000)
  })
})
