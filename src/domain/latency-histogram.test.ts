import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bucketOf, latencyBuckets, quantile } from './latency-histogram.ts'

function counted(latencies: readonly number[]): number[] {
  const counts = Array.from({ length: latencyBuckets }, () => 0)
  for (const latency of latencies) counts[bucketOf(latency)] = (counts[bucketOf(latency)] ?? 0) + 1
  return counts
}

test('a quantile is right to within a bucket', () => {
  const latency = fc.integer({ min: 1, max: 120_000 })
  fc.assert(
    fc.property(fc.array(latency, { minLength: 1, maxLength: 200 }), (latencies) => {
      const exact = latencies.toSorted((a, b) => a - b)[Math.ceil(latencies.length * 0.99) - 1] ?? 0
      const told = quantile(counted(latencies), 0.99) ?? 0
      expect(told).toBeGreaterThanOrEqual(exact / Math.SQRT2 - 1)
      expect(told).toBeLessThanOrEqual(exact * Math.SQRT2 + 1)
    }),
  )
})

test('what took longer than any bucket is in the last one', () => {
  expect(quantile(counted([1e9]), 0.5)).toBe(2 ** 17)
})

test('nothing counted has no quantile', () => {
  expect(quantile(counted([]), 0.99)).toBeNull()
})
