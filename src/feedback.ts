import type { Lanes } from './lanes.ts'
import type { Services } from './services.ts'
import { consume } from './streams/consume.ts'
import { inBatches } from './streams/in-batches.ts'
import { feedbackMessage, feedbackStream } from './streams/messages.ts'
import { feedbackConsumer } from './streams/topology.ts'
import { feedback } from './workers/feedback.ts'
import { hearReports, type Report } from './workers/reports.ts'

/** Nearly all of them wait for their batch. */
const concurrency = 250
const batches = { waitMs: 50, most: 1000 }

/** Starts to draw the consequences of what providers report. */
export function startFeedback({ database, streams, cipher }: Pick<Services, 'database' | 'streams' | 'cipher'>): Lanes {
  const lane = {
    stream: feedbackStream,
    consumer: feedbackConsumer,
    message: feedbackMessage,
    concurrency,
    isOnlyCopy: true,
  }
  const now = () => new Date()
  const hear = inBatches(
    (reports: readonly Report[]) => hearReports({ database, streams, cipher, now }, reports),
    batches,
  )
  const consumption = consume(streams, lane, (body) => feedback({ database, hear, now }, body))
  return { stop: () => consumption.stop() }
}
