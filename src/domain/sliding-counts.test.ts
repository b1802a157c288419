import { expect, test } from 'vitest'
import { slidingCounts } from './sliding-counts.ts'

test('counts by column what happened lately, and forgets it bucket by bucket', () => {
  const counts = slidingCounts(2, 1000, 3)
  counts.add(0, 10_000)
  counts.add(0, 11_500)
  counts.add(1, 11_500)
  const sums = (at: number) => [counts.sum(0, at), counts.sum(1, at)]
  expect(sums(12_999)).toEqual([2, 1])
  expect(sums(13_000)).toEqual([1, 1])
  expect(sums(14_000)).toEqual([0, 0])
})

test('remembers nothing after a long silence', () => {
  const counts = slidingCounts(1, 1000, 3)
  counts.add(0, 10_000)
  counts.add(0, 3_600_000)
  expect(counts.sum(0, 3_600_000)).toBe(1)
})

test('takes a clock that has been set back as one that stands still', () => {
  const counts = slidingCounts(1, 1000, 3)
  counts.add(0, 10_000)
  counts.add(0, 5_000)
  expect(counts.sum(0, 4_000)).toBe(2)
})

test('can be emptied', () => {
  const counts = slidingCounts(1, 1000, 3)
  counts.add(0, 10_000)
  counts.clear()
  expect(counts.sum(0, 10_000)).toBe(0)
})
