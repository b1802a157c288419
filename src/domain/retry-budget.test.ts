import { expect, test } from 'vitest'
import { mayRetry } from './retry-budget.ts'

test('a tenth of the calls may be retries that fail', () => {
  expect(mayRetry({ calls: 1000, inVain: 99, underWay: 0 })).toBe(true)
  expect(mayRetry({ calls: 1000, inVain: 100, underWay: 0 })).toBe(false)
})

test('a retry without an answer yet is one that may fail', () => {
  expect(mayRetry({ calls: 1000, inVain: 50, underWay: 49 })).toBe(true)
  expect(mayRetry({ calls: 1000, inVain: 50, underWay: 50 })).toBe(false)
})

test('with little traffic ten may fail', () => {
  expect(mayRetry({ calls: 1, inVain: 9, underWay: 0 })).toBe(true)
  expect(mayRetry({ calls: 1, inVain: 10, underWay: 0 })).toBe(false)
})
