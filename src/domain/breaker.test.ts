import { describe, expect, test } from 'vitest'
import { openForMs, reasonToOpen, verdictOf } from './breaker.ts'
import type { Outcome } from './outcome.ts'

describe('what a call says of its provider', () => {
  test.each<[string, Outcome]>([
    ['well', { kind: 'accepted' }],
    ['well', { kind: 'stale_target', code: '410' }],
    ['well', { kind: 'suppressed', code: '21610' }],
    ['well', { kind: 'permanent', code: '413' }],
    ['throttled', { kind: 'retryable', code: '429', throttled: true }],
    ['failed', { kind: 'retryable', code: '503' }],
    ['failed', { kind: 'unknown', code: 'timeout' }],
    ['refused', { kind: 'config', code: '401' }],
  ])('%s: %o', (verdict, outcome) => {
    expect(verdictOf(outcome, 100, 5000)).toBe(verdict)
  })

  test('an answer that took too long is none', () => {
    expect(verdictOf({ kind: 'accepted' }, 5000, 5000)).toBe('well')
    expect(verdictOf({ kind: 'accepted' }, 5001, 5000)).toBe('slow')
    expect(verdictOf({ kind: 'retryable', code: '429', throttled: true }, 5001, 5000)).toBe('throttled')
  })
})

describe('a breaker opens', () => {
  const settings = { failureRate: 0.5, minCalls: 8, slowMs: 5000 }
  const reason = (calls: number, failed: number, refused = 0) =>
    reasonToOpen({ calls, failed, refused, inARow: 0, sinceWellMs: 0 }, '503', settings)

  test('at the failure rate, not before', () => {
    expect(reason(100, 49)).toBeUndefined()
    expect(reason(100, 50)).toBe('50 of 100 calls failed; the last: 503')
  })

  test('when there are enough calls to say so', () => {
    expect(reason(7, 7)).toBeUndefined()
    expect(reason(8, 8)).toBe('8 of 8 calls failed; the last: 503')
  })

  test('when nothing has gone well for as long as a call may take', () => {
    const recent = { calls: 100, failed: 8, refused: 0 }
    const reason = (inARow: number, sinceWellMs: number) =>
      reasonToOpen({ ...recent, inARow, sinceWellMs }, 'timeout', settings)
    expect([reason(7, 60_000), reason(8, 4999)]).toEqual([undefined, undefined])
    expect(reason(8, 5000)).toBe('8 calls in a row failed; the last: timeout')
  })

  test('after few calls when it does not take us for who we are', () => {
    expect(reason(2, 2, 2)).toBeUndefined()
    expect(reason(3, 3, 3)).toBe('3 of 3 calls were refused: our credentials or settings are wrong; the last: 503')
    expect(reason(7, 3, 3)).toBeUndefined()
  })
})

test('it stays open for longer each time, a quarter of a minute at most, and not in step with others', () => {
  const middle = [1, 2, 3, 4, 5, 6].map((openings) => openForMs(openings, 0.5))
  expect(middle).toEqual([2000, 4000, 8000, 15_000, 15_000, 15_000])
  expect([openForMs(1, 0), openForMs(1, 1)]).toEqual([1500, 2500])
})
