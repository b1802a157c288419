import type { QueueReading } from '../domain/queue.ts'
import { tiers } from '../domain/words.ts'
import { queuesMeasured } from './messages.ts'
import { readQueues } from './queues.ts'
import type { Streams } from './streams.ts'

/** Reads queues for whoever asks. */
export interface QueueReader {
  /** All queues, as they were within the last second. */
  read(): Promise<readonly QueueReading[]>
  /** How fast a queue has drained over the last minute, as the relays have measured; 0 where none has, of late. */
  perSecond(name: string): number
}

const readingLastsMs = 1000
/** Relays tell every few seconds. */
const rateLastsMs = 30_000

export function openQueueReader(
  streams: Streams,
  nowMs: () => number = performance.now.bind(performance),
): QueueReader {
  const rates = new Map<string, { readonly perSecond: number; readonly atMs: number }>()
  let last: { readonly readings: Promise<readonly QueueReading[]>; readonly atMs: number } | undefined
  streams.listen(queuesMeasured, undefined, (measured) => {
    for (const { name, perSecond } of measured) rates.set(name, { perSecond, atMs: nowMs() })
  })
  return {
    read() {
      if (last === undefined || nowMs() - last.atMs > readingLastsMs) {
        const readings = Promise.all(tiers.map((tier) => readQueues(streams, tier))).then((all) => all.flat())
        last = { readings, atMs: nowMs() }
      }
      return last.readings
    },
    perSecond(name) {
      const rate = rates.get(name)
      return rate !== undefined && nowMs() - rate.atMs < rateLastsMs ? rate.perSecond : 0
    },
  }
}
