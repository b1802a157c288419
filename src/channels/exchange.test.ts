import { expect, test } from 'vitest'
import { outcomeOfStatus, retryAfterMs, withoutAnswer } from './exchange.ts'

test('a request that never left may be repeated at once, one without an answer may have arrived', () => {
  expect(withoutAnswer({ kind: 'unsent', code: 'ECONNREFUSED' })).toEqual({ kind: 'retryable', code: 'ECONNREFUSED' })
  expect(withoutAnswer({ kind: 'unanswered', code: 'timeout' })).toEqual({ kind: 'unknown', code: 'timeout' })
})

test.each([
  [299, 'unknown'],
  [302, 'config'],
  [400, 'permanent'],
  [401, 'config'],
  [403, 'config'],
  [404, 'permanent'],
  [405, 'permanent'],
  [408, 'retryable'],
  [413, 'permanent'],
  [415, 'permanent'],
  [500, 'retryable'],
  [502, 'retryable'],
  [503, 'retryable'],
  [504, 'unknown'],
])('HTTP %i alone is %s', (status, kind) => {
  expect(outcomeOfStatus(status, 'x')).toEqual({ kind, code: 'x' })
})

test('HTTP 429 alone says that we ask for too much', () => {
  expect(outcomeOfStatus(429, 'x', 2_000)).toEqual({ kind: 'retryable', code: 'x', afterMs: 2_000, throttled: true })
})

test.each([
  ['2', 2_000],
  ['0', 0],
  ['Sun, 22 Nov 2026 17:00:05 GMT', 5_000],
  ['Sun, 22 Nov 2026 16:00:00 GMT', 0],
  ['soon', undefined],
  ['', undefined],
])('Retry-After: %s', (value, afterMs) => {
  expect(retryAfterMs({ headers: { 'retry-after': value } }, new Date('2026-11-22T17:00:00Z'))).toBe(afterMs)
})
