import type { Lanes } from './lanes.ts'
import type { Services } from './services.ts'
import { consume } from './streams/consume.ts'
import { feedbackMessage, feedbackStream } from './streams/messages.ts'
import { feedbackConsumer } from './streams/topology.ts'
import { feedback } from './workers/feedback.ts'

/** Starts to draw the consequences of what providers report. */
export function startFeedback({ database, streams }: Pick<Services, 'database' | 'streams'>): Lanes {
  const lane = {
    stream: feedbackStream,
    consumer: feedbackConsumer,
    message: feedbackMessage,
    concurrency: 8,
    isOnlyCopy: true,
  }
  const deps = { database, now: () => new Date() }
  const consumption = consume(streams, lane, (body) => feedback(deps, body))
  return { stop: () => consumption.stop() }
}
