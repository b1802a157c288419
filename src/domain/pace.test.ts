import { describe, expect, test } from 'vitest'
import { isThrottling, lowered, paceOf, type Throttling } from './pace.ts'

const now = 1_000_000
const throttling = (parts: Partial<Throttling> = {}): Throttling => ({
  budget: Infinity,
  used: 1000,
  share: 0.5,
  afterMs: 0,
  now,
  ...parts,
})

describe('a provider that throttles', () => {
  test('is called at a little less than what it took', () => {
    const throttle = lowered(undefined, throttling())
    expect(throttle).toEqual({ perSecond: 450, from: 1000, at: now, heldUntil: now + 1000 })
    expect(paceOf(throttle, Infinity, now)).toBe(450)
  })

  test('is not called faster than it is now because the budget is larger', () => {
    expect(lowered(undefined, throttling({ budget: 5000 })).perSecond).toBe(450)
    expect(lowered(undefined, throttling({ budget: 100 })).perSecond).toBe(45)
  })

  test('slows us down once a second at most', () => {
    const throttle = lowered(undefined, throttling())
    expect(lowered(throttle, throttling({ now: now + 999 }))).toBe(throttle)
    expect(lowered(throttle, throttling({ now: now + 1000, used: 450 })).perSecond).toBe(450 * 0.5 * 0.9)
  })

  test('gets a call a second when it takes nothing at all, for as long as it asked', () => {
    const throttle = lowered(undefined, throttling({ share: 1, afterMs: 60_000 }))
    expect(paceOf(throttle, Infinity, now + 60_000)).toBe(1)
    expect(paceOf(throttle, Infinity, now + 63_000)).toBe(8)
  })

  test('makes us wait longer when it asks again, without forgetting what was too much', () => {
    const first = lowered(undefined, throttling({ share: 1, afterMs: 10_000 }))
    const again = lowered(first, throttling({ share: 1, used: 1, now: now + 5_000, afterMs: 10_000 }))
    expect(again).toEqual({ perSecond: 1, from: 1000, at: now + 5_000, heldUntil: now + 15_000 })
  })
})

describe('a provider that has throttled', () => {
  const throttle = lowered(undefined, throttling())
  const later = (seconds: number, budget: number) => paceOf(throttle, budget, throttle.heldUntil + seconds * 1000)

  test('is tried with half of what was too much soon, and then with a fiftieth more every second', () => {
    const half = Math.log2(500 / 450)
    expect([half, half + 1, half + 10].map((second) => Math.round(later(second, Infinity)))).toEqual([500, 520, 700])
  })

  test('gets its budget back', () => {
    expect(later(60, 800)).toBe(800)
  })

  test('has no limit any more when twice as much did not make it throttle', () => {
    expect(later(60, Infinity)).toBeLessThan(2000)
    expect(later(80, Infinity)).toBe(Infinity)
  })
})

test('a single device or number that is throttled slows nobody down', () => {
  expect(isThrottling({ calls: 1, throttled: 1 })).toBe(false)
  expect(isThrottling({ calls: 1000, throttled: 49 })).toBe(false)
  expect(isThrottling({ calls: 1000, throttled: 50 })).toBe(true)
  expect(isThrottling({ calls: 2, throttled: 2 })).toBe(true)
})
