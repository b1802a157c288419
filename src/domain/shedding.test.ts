import { expect, test } from 'vitest'
import { mostShed, nextShedding, noShedding, retryAfterMs, shareOf, type UrgentTier } from './shedding.ts'
import { tiers } from './words.ts'

const objectiveMs = 5000

/** The level after each second, when the oldest was so old then. */
function levels(ages: readonly number[], tier: UrgentTier = 'TRANSACTIONAL'): string[] {
  let shedding = noShedding(0)
  return ages.map((oldestMs, second) => {
    shedding = nextShedding(shedding, { tier, oldestMs, objectiveMs }, (second + 1) * 1000)
    return shedding.level
  })
}

const seconds = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value)

test('marketing is paused as soon as something is late, social is slowed when that has not helped for a while', () => {
  expect(levels([0, 4999, 5000, 5001])).toEqual(['NONE', 'NONE', 'NONE', 'MARKETING_PAUSED'])
  expect(levels(seconds(30, 6000))).toEqual([...seconds(10, 'MARKETING_PAUSED'), ...seconds(20, 'SOCIAL_SLOWED')])
})

test('for social that is late marketing is paused, and nothing more', () => {
  expect(levels(seconds(30, 6000), 'SOCIAL')).toEqual(seconds(30, 'MARKETING_PAUSED'))
})

test('it ends one level at a time, each after ten calm seconds', () => {
  const ages = [...seconds(11, 6000), ...seconds(30, 0)]
  expect(levels(ages).slice(11)).toEqual([
    ...seconds(10, 'SOCIAL_SLOWED'),
    ...seconds(10, 'MARKETING_PAUSED'),
    ...seconds(10, 'NONE'),
  ])
})

test('between half of the objective and all of it nothing changes, and the calm begins anew', () => {
  expect(levels([6000, ...seconds(60, 3000)]).at(-1)).toBe('MARKETING_PAUSED')
  expect(levels([6000, ...seconds(9, 0), 3000, ...seconds(10, 0)]).at(-1)).toBe('MARKETING_PAUSED')
  expect(levels([6000, ...seconds(9, 0), 3000, ...seconds(11, 0)]).at(-1)).toBe('NONE')
})

test('never is anything transactional shed, and social never stands still', () => {
  expect(tiers.map((tier) => shareOf(tier, 'NONE'))).toEqual([1, 1, 1])
  expect(tiers.map((tier) => shareOf(tier, 'MARKETING_PAUSED'))).toEqual([1, 1, 0])
  expect(tiers.map((tier) => shareOf(tier, 'SOCIAL_SLOWED'))).toEqual([1, 0.5, 0])
})

test('of what several processes say the most counts', () => {
  expect(mostShed([])).toBe('NONE')
  expect(mostShed(['NONE', 'SOCIAL_SLOWED', 'MARKETING_PAUSED'])).toBe('SOCIAL_SLOWED')
})

test('callers are told to come again after a calm, each a little later', () => {
  expect([retryAfterMs(5000, 0), retryAfterMs(5000, 1)]).toEqual([10_000, 15_000])
})
