import { setTimeout as sleep } from 'node:timers/promises'
import { type ConsumerMessages, jetstream } from '@nats-io/jetstream'
import { log } from '../log.ts'
import type { Message } from './messages.ts'
import type { Streams } from './streams.ts'

export interface Lane<Body> {
  readonly stream: string
  readonly consumer: string
  readonly message: Message<Body>
  /** How many messages are worked on at once. */
  readonly concurrency: number
  /** Its messages are nowhere else: one that failed comes again, later and later, instead of being ended. */
  readonly isOnlyCopy?: boolean
}

/** `isRedelivery`: somebody had this very message before. */
export type Handle<Body> = (body: Body, isRedelivery: boolean) => Promise<void>

export interface Consumption {
  /** How many messages are being worked on. */
  inFlight(): number
  /** Takes nothing new and resolves when what is in flight has been settled. */
  stop(): Promise<void>
}

const restartAfterMs = 250
/** Long work tells the server so, well before `ack_wait` is over. */
const progressEveryMs = 10_000
const longestAgainMs = 60_000

/**
 * The one loop that decodes, limits concurrency, settles and logs for all workers: nothing else acks.
 *
 * A handler that throws has hit a fault of ours: it is logged once and the message is ended. Nothing is lost by that:
 * the work is a row in PostgreSQL that falls due again. A nak would keep its place in the ack window; it is right only
 * for messages that are the only copy of what they say.
 */
export function consume<Body>(streams: Streams, lane: Lane<Body>, handle: Handle<Body>): Consumption {
  const inFlight = new Set<Promise<void>>()
  let stopping = false
  let messages: ConsumerMessages | undefined
  const ended = run()

  async function run(): Promise<void> {
    while (!stopping) {
      try {
        const consumer = await jetstream(await streams.connection).consumers.get(lane.stream, lane.consumer)
        messages = await consumer.consume({
          max_messages: Math.max(2, lane.concurrency),
          abort_on_missing_resource: true,
        })
        for await (const message of messages) {
          if (inFlight.size >= lane.concurrency) await Promise.race(inFlight)
          const work = settle(message).finally(() => inFlight.delete(work))
          inFlight.add(work)
          if (stopping) break
        }
      } catch (error) {
        log.warn({ stream: lane.stream, consumer: lane.consumer, err: error }, 'the consumer ended; starting it again')
      }
      if (stopping) return
      await sleep(restartAfterMs)
      // A server that has lost its disk knows no streams any more; what was in them is in PostgreSQL.
      await streams.declare().catch(() => undefined)
    }
  }

  async function settle(message: {
    data: Uint8Array
    info: { deliveryCount: number }
    ack(): void
    nak(millis?: number): void
    term(reason?: string): void
    working(): void
  }): Promise<void> {
    const progress = setInterval(() => message.working(), progressEveryMs)
    try {
      await handle(lane.message.decode(message.data), message.info.deliveryCount > 1)
      message.ack()
    } catch (error) {
      log.error(
        { stream: lane.stream, consumer: lane.consumer, err: error },
        'a message failed; it will fall due again',
      )
      if (lane.isOnlyCopy) message.nak(Math.min(500 * 2 ** message.info.deliveryCount, longestAgainMs))
      else message.term('failed')
    } finally {
      clearInterval(progress)
    }
  }

  return {
    inFlight: () => inFlight.size,
    async stop() {
      stopping = true
      await messages?.close()
      await ended
      await Promise.all(inFlight)
    },
  }
}
