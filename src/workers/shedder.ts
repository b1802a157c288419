import { randomUUID } from 'node:crypto'
import { nextShedding, noShedding, sheddingLevels, type UrgentTier } from '../domain/shedding.ts'
import { log } from '../log.ts'
import { sheddingTold } from '../streams/messages.ts'
import type { Streams } from '../streams/streams.ts'
import { oldestWaitingSeconds, sheddingLevel } from './metrics.ts'

export interface ShedderSettings {
  readonly streams: Pick<Streams, 'signal'>
  readonly now: () => Date
  /** For each tier: a delivery that waits for longer is late. */
  readonly objectivesMs: Readonly<Record<UrgentTier, number>>
}

/** Decides what is given up while deliveries of a tier are late, and tells everybody. */
export interface Shedder {
  /** The oldest has been waiting for so long. */
  look(oldestMs: number): void
  /** Nothing is given up any more on its account. */
  stop(): void
}

export function openShedder({ streams, now, objectivesMs }: ShedderSettings, tier: UrgentTier): Shedder {
  const objectiveMs = objectivesMs[tier]
  const process = randomUUID()
  let shedding = noShedding(now().getTime())

  function tell(oldestMs: number): void {
    const { level, sinceMs } = shedding
    const since = new Date(sinceMs)
    streams.signal(sheddingTold, undefined, { process, level, tier, since, oldestMs, objectiveMs })
  }

  return {
    look(oldestMs) {
      const before = shedding.level
      shedding = nextShedding(shedding, { tier, oldestMs, objectiveMs }, now().getTime())
      const { level } = shedding
      if (level !== before) log.warn({ before, level, tier, oldestMs, objectiveMs }, 'what is shed has changed')
      sheddingLevel.set({ tier }, sheddingLevels.indexOf(level))
      oldestWaitingSeconds.set({ tier }, oldestMs / 1000)
      tell(oldestMs)
    },
    stop() {
      shedding = noShedding(now().getTime())
      tell(0)
    },
  }
}
