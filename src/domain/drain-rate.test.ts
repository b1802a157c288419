import { expect, it } from 'vitest'
import { type RateSample, ratePerSecond, withSample } from './drain-rate.ts'

function sampled(...samples: readonly (readonly [second: number, finished: number])[]): readonly RateSample[] {
  return samples.reduce<readonly RateSample[]>(
    (known, [second, finished]) => withSample(known, { atMs: second * 1000, finished }),
    [],
  )
}

it('is what was finished between the first sample and the last', () => {
  expect(ratePerSecond(sampled([0, 100], [5, 150], [10, 400]))).toBe(30)
})

it('is 0 until there are two samples', () => {
  expect([ratePerSecond([]), ratePerSecond(sampled([0, 100]))]).toEqual([0, 0])
})

it('forgets what is longer ago than a minute', () => {
  expect(ratePerSecond(sampled([0, 0], [10, 6000], [70, 6060]))).toBe(1)
})

it('begins anew with a counter that has gone back', () => {
  expect(ratePerSecond(sampled([0, 1000], [5, 0], [10, 50]))).toBe(10)
})
