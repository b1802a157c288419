import { expect, test } from 'vitest'
import { slope } from './soak/slope.ts'

/** A minute a reading; garbage comes and goes. */
const readings = (growth: number) =>
  Array.from({ length: 60 }, (_, n) => ({ atMinutes: n, value: 100 + growth * n + ((n * 7) % 5) * 10 }))

test('tells what is kept, not what is collected', () => {
  expect(slope(readings(0))).toBeCloseTo(0)
  expect(slope(readings(2))).toBeCloseTo(2)
  expect(slope([])).toBe(0)
})
