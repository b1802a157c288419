import { expect, test } from 'vitest'
import { comeBackInMs } from './come-back.ts'

test.each([
  [1, 1, 2],
  [1000, 0, 0],
  [1000, 0.5, 1000],
  [1000, 1, 2000],
  [100_000, 1, 5000],
])('of %i clients, the one at %d comes back in %i ms', (clients, random, ms) => {
  expect(comeBackInMs(clients, random)).toBe(ms)
})
