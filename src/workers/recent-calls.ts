import type { Outcome } from '../domain/outcome.ts'
import { mayRetry } from '../domain/retry-budget.ts'
import { slidingCounts } from '../domain/sliding-counts.ts'

/** The calls of the last ten seconds, retries among them. */
export interface RecentCalls {
  perSecond(now: number): number
  mayRetry(now: number): boolean
  begin(isRetry: boolean, now: number): void
  end(isRetry: boolean, outcome: Outcome, now: number): void
}

const bucketMs = 1000
const buckets = 10
const column = { calls: 0, inVain: 1 } as const

export function openRecentCalls(): RecentCalls {
  const counts = slidingCounts(Object.keys(column).length, bucketMs, buckets)
  let underWay = 0
  return {
    perSecond: (now) => (counts.sum(column.calls, now) * 1000) / (bucketMs * buckets),
    mayRetry: (now) =>
      mayRetry({ calls: counts.sum(column.calls, now), inVain: counts.sum(column.inVain, now), underWay }),
    begin(isRetry, now) {
      counts.add(column.calls, now)
      if (isRetry) underWay += 1
    },
    end(isRetry, outcome, now) {
      if (!isRetry) return
      underWay -= 1
      if (isInVain(outcome)) counts.add(column.inVain, now)
    },
  }
}

function isInVain({ kind }: Outcome): boolean {
  return kind === 'retryable' || kind === 'unknown' || kind === 'config'
}
