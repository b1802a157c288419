import type { ProviderChannel, Tier } from './words.ts'

/** Where work waits for its workers: the fan-out of a tier, its lanes, and what providers have reported. */
export interface Queue {
  readonly name: string
  readonly tier: Tier
  /** null: no lane of a channel. */
  readonly channel: ProviderChannel | null
  readonly waiting: number
  readonly inFlight: number
  readonly oldestMs: number
  /** null: it does not drain. */
  readonly drainMs: number | null
  /** Of a fan-out: followers above which an actor broadcasts. */
  readonly fanOutThreshold?: number | undefined
}

/** What the stream of a queue says of it. */
export interface QueueReading extends Pick<Queue, 'name' | 'tier' | 'channel' | 'waiting' | 'inFlight'> {
  /** Its messages are nowhere else; else what waits may also be a row that has fallen due. */
  readonly isOnlyCopy: boolean
  /** When the oldest message was published that is not finished; null: there is none. */
  readonly oldest: Date | null
  /** The same of those that no worker has been given. */
  readonly oldestWaiting: Date | null
  /** How many messages its workers have finished since there has been such a queue. */
  readonly finished: number
}

/** Rows that have fallen due and have not been handed out. */
export interface DueWork {
  readonly tier: Tier
  /** null: notifications, to be expanded. */
  readonly channel: ProviderChannel | null
  readonly count: number
  readonly oldest: Date
}

export function queueOf(reading: QueueReading, due: readonly DueWork[], perSecond: number, now: Date): Queue {
  const { name, tier, channel, inFlight, isOnlyCopy } = reading
  const work = isOnlyCopy ? undefined : due.find((each) => each.tier === tier && each.channel === channel)
  const waiting = reading.waiting + (work?.count ?? 0)
  const since = [reading.oldest, work?.oldest].flatMap((at) => at?.getTime() ?? [])
  return {
    name,
    tier,
    channel,
    waiting,
    inFlight,
    oldestMs: Math.max(0, now.getTime() - Math.min(now.getTime(), ...since)),
    drainMs: drainMs(waiting, perSecond),
  }
}

/** Who has had a message for this long has died, or hangs; else its work is under way. */
const heldMs = 30_000

/**
 * For how long the oldest delivery of these queues has been waiting for a worker. What is with one counts only when it has been
 * for too long: a provider that hangs for the length of a call makes nobody wait.
 */
export function lateMs(readings: readonly QueueReading[], due: readonly DueWork[], now: Date): number {
  const at = now.getTime()
  const deliveries = readings.filter(({ isOnlyCopy }) => !isOnlyCopy)
  const ages = [
    ...deliveries.flatMap(({ oldestWaiting }) => (oldestWaiting ? [at - oldestWaiting.getTime()] : [])),
    ...deliveries.flatMap(({ oldest }) => (oldest ? [at - oldest.getTime() - heldMs] : [])),
    ...due.map(({ oldest }) => at - oldest.getTime()),
  ]
  return Math.max(0, ...ages)
}

function drainMs(waiting: number, perSecond: number): number | null {
  if (waiting === 0) return 0
  return perSecond > 0 ? (waiting / perSecond) * 1000 : null
}
