import { expect, test } from 'vitest'
import { type CallerInput, callerProblems } from './caller-input.ts'

const problemsOf = (parts: Partial<CallerInput>) =>
  callerProblems({ name: 'orders', tiers: ['SOCIAL'], perMinute: 1_000, ...parts }).map(
    ({ path, code }) => `${path.join('.')} ${code}`,
  )

const good: readonly Partial<CallerInput>[] = [
  {},
  { name: 'x'.repeat(100), tiers: ['TRANSACTIONAL', 'MARKETING'], perMinute: 1_000_000, campaignPerSecond: 1 },
  { perMinute: 1, campaignPerSecond: null },
]
test.each(good.map((parts) => [parts]))('a caller may be %o', (parts) => {
  expect(problemsOf(parts)).toEqual([])
})

const bad: readonly (readonly [Partial<CallerInput>, readonly string[]])[] = [
  [{ name: '' }, ['input.name BAD_NAME']],
  [{ name: ' ' }, ['input.name BAD_NAME']],
  [{ name: 'x'.repeat(101) }, ['input.name BAD_NAME']],
  [{ name: 'a\0b' }, ['input.name BAD_NAME']],
  [{ tiers: [] }, ['input.tiers REQUIRED']],
  [{ tiers: ['SOCIAL', 'MARKETING', 'SOCIAL'] }, ['input.tiers.2 DUPLICATE_TIER']],
  [{ perMinute: 0 }, ['input.perMinute OUT_OF_RANGE']],
  [{ perMinute: 1_000_001 }, ['input.perMinute OUT_OF_RANGE']],
  [{ campaignPerSecond: 0 }, ['input.campaignPerSecond OUT_OF_RANGE']],
  [
    { name: '', perMinute: -1, tiers: [] },
    ['input.name BAD_NAME', 'input.tiers REQUIRED', 'input.perMinute OUT_OF_RANGE'],
  ],
]
test.each(bad)('a caller may not be %o', (parts, problems) => {
  expect(problemsOf(parts)).toEqual(problems)
})
