import type { Verdict } from '../domain/breaker.ts'
import { bucketOf, latencyBuckets } from '../domain/latency-histogram.ts'
import { slidingCounts } from '../domain/sliding-counts.ts'

/** What the calls of the last minute came to. */
export interface LastMinute {
  judged(verdict: Verdict, now: number): void
  answered(latencyMs: number, now: number): void
  counts(now: number): MinuteCounts
}

export interface MinuteCounts {
  readonly calls: number
  readonly failures: number
  readonly latencies: readonly number[]
}

const bucketMs = 5000
const buckets = 12
const column = { calls: latencyBuckets, failures: latencyBuckets + 1 } as const

export function openLastMinute(): LastMinute {
  const counts = slidingCounts(latencyBuckets + 2, bucketMs, buckets)
  return {
    judged(verdict, now) {
      counts.add(column.calls, now)
      if (verdict !== 'well' && verdict !== 'throttled') counts.add(column.failures, now)
    },
    answered: (latencyMs, now) => counts.add(bucketOf(latencyMs), now),
    counts: (now) => ({
      calls: counts.sum(column.calls, now),
      failures: counts.sum(column.failures, now),
      latencies: Array.from({ length: latencyBuckets }, (_, bucket) => counts.sum(bucket, now)),
    }),
  }
}
