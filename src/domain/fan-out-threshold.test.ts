import { describe, expect, it } from 'vitest'
import { nextRate, nextThreshold } from './fan-out-threshold.ts'

const limits = { floor: 1000, ceiling: 100_000 }
const load = (recipientsPerSecond: number, backlog = 0) => ({ recipientsPerSecond, backlog })

describe('the threshold', () => {
  it.each<[string, number, number]>([
    ['is what is done in the time of the tier', nextThreshold(10_000, load(4000), 'SOCIAL', limits), 20_000],
    ['has more time for marketing', nextThreshold(10_000, load(400), 'MARKETING', limits), 24_000],
    ['is less where much waits already', nextThreshold(20_000, load(4000, 12_000), 'SOCIAL', limits), 8000],
    ['is never below the floor', nextThreshold(20_000, load(4000, 90_000), 'SOCIAL', limits), 1000],
    ['is never above the ceiling', nextThreshold(20_000, load(90_000), 'SOCIAL', limits), 100_000],
    ['stays where it would change by little', nextThreshold(20_000, load(4900), 'SOCIAL', limits), 20_000],
    ['goes down by more than little', nextThreshold(20_000, load(2900), 'SOCIAL', limits), 14_500],
    ['stays on its way back up as well', nextThreshold(14_500, load(3500), 'SOCIAL', limits), 14_500],
    ['obeys limits that are new', nextThreshold(900, load(200), 'SOCIAL', limits), 1000],
  ])('%s', (_what, threshold, expected) => {
    expect(threshold).toBe(expected)
  })
})

describe('the rate of a process', () => {
  it('is what it did while it was busy, whatever the time between', () => {
    expect(nextRate(undefined, { recipients: 500, busyMs: 50 })).toBe(10_000)
    expect(nextRate(10_000, { recipients: 0, busyMs: 0 })).toBe(10_000)
    expect(nextRate(undefined, { recipients: 0, busyMs: 0 })).toBeUndefined()
  })

  it('follows what is seen, the faster the more is seen', () => {
    expect(nextRate(10_000, { recipients: 2000, busyMs: 1000 })).toBe(6000)
    expect(nextRate(10_000, { recipients: 8000, busyMs: 4000 })).toBe(2000)
  })
})
