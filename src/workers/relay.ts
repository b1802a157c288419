import { setTimeout as sleep } from 'node:timers/promises'
import type { Tier } from '../domain/words.ts'
import { log } from '../log.ts'
import { giveBack, takeDueNotifications, takeDueSlices } from '../store/due.ts'
import { noteNotificationFault } from '../store/faults.ts'
import { finishNotification } from '../store/finish.ts'
import { fanOutMessage, notificationChanged, sliceMessage } from '../streams/messages.ts'
import type { Streams } from '../streams/streams.ts'
import { endHopeless, type PoisonDeps } from './poison.ts'

export interface RelayDeps extends PoisonDeps {
  readonly streams: Streams
}

export interface Relay {
  stop(): Promise<void>
}

const pollEveryMs = 200
const retryAfterMs = 1000
/** What the delivery log was not told at once. */
const leftoversEveryMs = 1000
/** At most this many rows are taken at once: so many are published together. */
const batch = 500

/**
 * Relay, scheduler and reconciler of a tier in one: hands on what has fallen due (accepted and never published, put off
 * until now, left behind by a worker that died) and finishes notifications whose slices have all closed. While it rests
 * nothing is: its lanes take nothing, and would only be told again and again.
 */
export function startRelay(deps: RelayDeps, tier: Tier, rests: () => boolean = () => false): Relay {
  const stopping = new AbortController()
  const ended = Promise.all([run(), writeLeftovers()])

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        const more = !rests() && (await relayDue(deps, tier))
        if (!more) await pause(pollEveryMs, stopping.signal)
      } catch (error) {
        log.error({ tier, err: error }, 'the relay failed; trying again')
        await pause(retryAfterMs, stopping.signal)
      }
    }
  }

  async function writeLeftovers(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        const more = await deps.database.log.writeLeftovers()
        if (!more) await pause(leftoversEveryMs, stopping.signal)
      } catch (error) {
        log.warn({ tier, err: error }, 'what the delivery log lacks could not be written; trying again')
        await pause(retryAfterMs, stopping.signal)
      }
    }
  }

  return {
    async stop() {
      stopping.abort()
      await ended
    },
  }
}

/** Hands on what is due now; true when there may be more of it. */
async function relayDue(deps: RelayDeps, tier: Tier): Promise<boolean> {
  const { database, streams } = deps
  // Without NATS nothing can be handed on: it stays due.
  if (!streams.connected()) return false
  const { pool } = database
  const [dueNotifications, dueSlices] = await Promise.all([
    takeDueNotifications(pool, tier, batch),
    takeDueSlices(pool, tier, batch),
  ])
  const ended = await endHopeless(deps, dueNotifications, dueSlices)
  const notifications = dueNotifications.filter(({ id }) => !ended.has(id))
  const slices = dueSlices.filter(({ id }) => !ended.has(id))
  const [expanded, unexpanded] = [
    notifications.filter((each) => each.expanded),
    notifications.filter((each) => !each.expanded),
  ]
  const [, lostNotifications, lostSlices] = await Promise.all([
    Promise.all(expanded.map(({ id }) => finish(deps, id))),
    lost(unexpanded, ({ id, pages, generation }) =>
      streams.publish(fanOutMessage, { notificationId: id, tier, page: pages, generation }),
    ),
    lost(slices, ({ id, channel, generation }) =>
      streams.publish(sliceMessage, { sliceId: id, tier, channel, generation }),
    ),
  ])
  if (lostNotifications.length + lostSlices.length > 0) await giveBack(pool, lostNotifications, lostSlices)
  return dueNotifications.length === batch || dueSlices.length === batch
}

/** One that cannot be finished is no reason to leave the others: it falls due again. */
async function finish({ database: { pool }, streams }: RelayDeps, id: string): Promise<void> {
  try {
    const done = await finishNotification(pool, id)
    if (done) streams.signal(notificationChanged, id, { notificationId: id })
  } catch (error) {
    log.error({ notificationId: id, err: error }, 'a notification could not be finished; it will fall due again')
    await noteNotificationFault(pool, id)
  }
}

/** The ids of those that could not be published. */
async function lost<T extends { readonly id: string }>(
  rows: readonly T[],
  publish: (row: T) => Promise<void>,
): Promise<string[]> {
  const results = await Promise.allSettled(rows.map(publish))
  return rows.filter((_, index) => results[index]?.status === 'rejected').map(({ id }) => id)
}

/** Waits, unless the signal says that nobody waits for it any more. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { signal }).catch(() => undefined)
}
