import { expect, test } from 'vitest'
import { rampPerSecond } from './slow-start.ts'

test('a provider that is back gets a quarter of what it had, then twice as much every second', () => {
  const rates = [0, 1, 2, 3, 4].map((second) => rampPerSecond(100, second * 1000))
  expect(rates).toEqual([25, 50, 100, 200, 400])
  expect(rampPerSecond(100, 9_999)).toBeGreaterThan(25_000)
  expect(rampPerSecond(100, 10_000)).toBeUndefined()
})

test('one that had hardly any calls is not starved', () => {
  expect(rampPerSecond(0, 0)).toBe(5)
})
