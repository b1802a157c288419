import { retryAfterMs, shareOf } from '../domain/shedding.ts'
import { Overloaded } from '../errors.ts'
import { overloaded } from '../metrics.ts'
import type { BulkAcceptance, BulkTier } from '../schema/context.ts'
import type { Database } from '../store/database.ts'
import type { SheddingReader } from '../streams/shedding-reader.ts'

export interface BulkSettings {
  /** A pool that nothing else uses. */
  readonly database: Database
  /** So much is worked on at once. */
  readonly places: number
  /** So much more may wait. */
  readonly waiting: number
  /** For so long at most. */
  readonly patienceMs: number
  readonly shedding: Pick<SheddingReader, 'told'>
  readonly random: () => number
}

const reasons = {
  shed: (tier: BulkTier) => `${tier} is shed at the moment, since what must not wait is late`,
  full: () => 'Too much bulk work waits to be accepted',
}

/** Whatever it is asked for, it takes no more than its pool and its places from what must not wait. */
export function openBulkAcceptance(settings: BulkSettings): BulkAcceptance {
  const { database, places, waiting, patienceMs, shedding, random } = settings
  const line: (() => void)[] = []
  let taken = 0

  function refusal(tier: BulkTier, why: keyof typeof reasons, afterMs: number): Overloaded {
    overloaded.inc({ tier, why })
    return new Overloaded(reasons[why](tier), Math.round(afterMs))
  }

  /** Resolves with a place; false: none came free in time. */
  function place(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        line.splice(line.indexOf(take), 1)
        resolve(false)
      }, patienceMs)
      function take(): void {
        clearTimeout(timer)
        resolve(true)
      }
      line.push(take)
    })
  }

  function give(): void {
    const next = line.shift()
    // The place goes from hand to hand.
    if (next) next()
    else taken -= 1
  }

  return {
    async run(tier, work) {
      const { level = 'NONE', objectiveMs = 0 } = shedding.told() ?? {}
      if (shareOf(tier, level) === 0) throw refusal(tier, 'shed', retryAfterMs(objectiveMs, random()))
      if (taken < places) taken += 1
      else if (line.length >= waiting || !(await place())) {
        throw refusal(tier, 'full', patienceMs * (1 + random()))
      }
      try {
        return await work(database)
      } finally {
        give()
      }
    },
  }
}
