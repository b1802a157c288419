import { isThrottling } from '../domain/pace.ts'
import { slidingCounts } from '../domain/sliding-counts.ts'
import type { Pacing } from '../store/pacing.ts'

/** Notices that a provider throttles, and has it called less. */
export interface ThrottleWatch {
  called(now: number): void
  /** `afterMs`: the patience that the provider asked for. */
  throttled(afterMs: number, now: number): void
  /** Tells other processes what was called, and hears what they have noticed: to be called every second. */
  report(): void
}

const bucketMs = 500
const buckets = 4
const column = { calls: 0, throttled: 1 } as const
const tellEveryMs = 1000

export function watchThrottling(pacing: Pacing): ThrottleWatch {
  const counts = slidingCounts(Object.keys(column).length, bucketMs, buckets)
  let unreported = 0
  let toldAt = -tellEveryMs
  return {
    called(now) {
      counts.add(column.calls, now)
      unreported += 1
    },
    throttled(afterMs, now) {
      counts.add(column.throttled, now)
      const lately = { calls: counts.sum(column.calls, now), throttled: counts.sum(column.throttled, now) }
      if (now - toldAt < tellEveryMs || !isThrottling(lately)) return
      toldAt = now
      const perSecond = (lately.calls * 1000) / (bucketMs * buckets)
      void pacing.throttled({ perSecond, share: Math.min(1, lately.throttled / lately.calls), afterMs })
    },
    report() {
      if (unreported > 0) void pacing.report(unreported)
      unreported = 0
    },
  }
}
