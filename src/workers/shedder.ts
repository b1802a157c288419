import { randomUUID } from 'node:crypto'
import { nextShedding, noShedding, sheddingLevels } from '../domain/shedding.ts'
import { log } from '../log.ts'
import { sheddingTold } from '../streams/messages.ts'
import type { Streams } from '../streams/streams.ts'
import { sheddingLevel, transactionalOldestSeconds } from './metrics.ts'

export interface ShedderSettings {
  readonly streams: Pick<Streams, 'signal'>
  readonly now: () => Date
  /** A transactional delivery that waits for longer is late. */
  readonly objectiveMs: number
}

/** Decides what is given up while transactional deliveries are late, and tells everybody. */
export interface Shedder {
  /** The oldest has been waiting for so long. */
  look(oldestMs: number): void
  /** Nothing is given up any more on its account. */
  stop(): void
}

export function openShedder({ streams, now, objectiveMs }: ShedderSettings): Shedder {
  const process = randomUUID()
  let shedding = noShedding(now().getTime())

  function tell(oldestMs: number): void {
    const { level, sinceMs } = shedding
    streams.signal(sheddingTold, undefined, { process, level, since: new Date(sinceMs), oldestMs, objectiveMs })
  }

  return {
    look(oldestMs) {
      const before = shedding.level
      shedding = nextShedding(shedding, { oldestMs, objectiveMs }, now().getTime())
      const { level } = shedding
      if (level !== before) log.warn({ before, level, oldestMs, objectiveMs }, 'what is shed has changed')
      sheddingLevel.set(sheddingLevels.indexOf(level))
      transactionalOldestSeconds.set(oldestMs / 1000)
      tell(oldestMs)
    },
    stop() {
      shedding = noShedding(now().getTime())
      tell(0)
    },
  }
}
