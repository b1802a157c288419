import { setTimeout as sleep } from 'node:timers/promises'
import { type ConsumerMessages, type JsMsg, jetstream } from '@nats-io/jetstream'
import { log } from '../log.ts'
import { messagesEnded } from '../metrics.ts'
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
  /** Works on that share of its messages at once, from 0 to 1. At 0 it takes nothing, and gives back what it has not begun. */
  throttle(share: number): void
  /** Takes nothing new and resolves when what is in flight has been settled. */
  stop(): Promise<void>
}

const restartAfterMs = 250
/**
 * So often the server says that there is nothing. Of one that has died in a cluster nothing else tells: after two of them
 * messages are asked for anew, of whoever has the consumer then.
 */
const heartbeatEveryMs = 1000
/** Long work tells the server so, well before `ack_wait` is over. */
const progressEveryMs = 10_000
const longestAgainMs = 60_000

/**
 * The one loop that decodes, limits concurrency, settles and logs for all workers: nothing else acks.
 *
 * A handler that throws has hit a fault of ours: it is logged once and the message is ended. Nothing is lost by that:
 * the work is a row in PostgreSQL that falls due again. A nak would keep its place in the ack window; it is right only
 * for messages that are the only copy of what they say. A message that cannot be decoded is ended in any case: it never
 * will be.
 */
export function consume<Body>(streams: Streams, lane: Lane<Body>, handle: Handle<Body>): Consumption {
  const inFlight = new Set<Promise<void>>()
  let stopping = false
  let messages: ConsumerMessages | undefined
  let atOnce = lane.concurrency
  let goesOn = Promise.withResolvers<void>()
  const ended = run()

  async function run(): Promise<void> {
    while (!stopping) {
      try {
        if (atOnce === 0) await goesOn.promise
        if (stopping) return
        const consumer = await jetstream(await streams.connection).consumers.get(lane.stream, lane.consumer)
        messages = await consumer.consume({
          max_messages: Math.max(2, lane.concurrency),
          idle_heartbeat: heartbeatEveryMs,
          abort_on_missing_resource: true,
        })
        if (atOnce === 0) void messages.close()
        for await (const message of messages) {
          while (atOnce > 0 && inFlight.size >= atOnce) await Promise.race(inFlight)
          if (atOnce === 0) {
            message.nak()
            continue
          }
          const work = settle(message).finally(() => inFlight.delete(work))
          inFlight.add(work)
          if (stopping) break
        }
      } catch (error) {
        log.warn({ stream: lane.stream, consumer: lane.consumer, err: error }, 'the consumer ended; starting it again')
      }
      if (stopping) return
      if (atOnce === 0) continue
      await sleep(restartAfterMs)
      // A server that has lost its disk knows no streams any more; what was in them is in PostgreSQL.
      await streams.declare().catch(() => undefined)
    }
  }

  async function settle(message: JsMsg): Promise<void> {
    const { stream, consumer } = lane
    const progress = setInterval(() => message.working(), progressEveryMs)
    try {
      const body = decoded(message)
      if (body === undefined) return
      await handle(body, message.info.deliveryCount > 1)
      message.ack()
    } catch (error) {
      log.error({ stream, consumer, err: error }, 'a message failed; it will fall due again')
      if (lane.isOnlyCopy) return message.nak(Math.min(500 * 2 ** message.info.deliveryCount, longestAgainMs))
      messagesEnded.inc({ stream, consumer, why: 'failed' })
      message.term('failed')
    } finally {
      clearInterval(progress)
    }
  }

  /** What it says; undefined: it has been ended. */
  function decoded(message: JsMsg): Body | undefined {
    const { stream, consumer } = lane
    try {
      return lane.message.decode(message.data)
    } catch (error) {
      log.error({ stream, consumer, seq: message.seq, err: error }, 'a message cannot be decoded; it is ended')
      messagesEnded.inc({ stream, consumer, why: 'undecodable' })
      message.term('undecodable')
      return undefined
    }
  }

  return {
    inFlight: () => inFlight.size,
    throttle(share) {
      const before = atOnce
      atOnce = Math.ceil(lane.concurrency * share)
      if (atOnce === 0) void messages?.close()
      else if (before === 0) {
        goesOn.resolve()
        goesOn = Promise.withResolvers()
      }
    },
    async stop() {
      stopping = true
      goesOn.resolve()
      await messages?.close()
      await ended
      await Promise.all(inFlight)
    },
  }
}
