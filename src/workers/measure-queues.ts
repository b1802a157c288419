import { setTimeout as sleep } from 'node:timers/promises'
import { type RateSample, ratePerSecond, withSample } from '../domain/drain-rate.ts'
import { lateMs, type Queue, queueOf } from '../domain/queue.ts'
import type { Tier } from '../domain/words.ts'
import { log } from '../log.ts'
import type { Database } from '../store/database.ts'
import { readDueWork } from '../store/due-work.ts'
import { queuesMeasured } from '../streams/messages.ts'
import { readQueues } from '../streams/queues.ts'
import type { Streams } from '../streams/streams.ts'
import { observeQueue } from './metrics.ts'
import { openShedder, type ShedderSettings } from './shedder.ts'

export interface MeasureDeps {
  readonly database: Database
  readonly streams: Streams
  readonly now: () => Date
}

export interface Measuring {
  stop(): Promise<void>
}

const measureEveryMs = 5000
/** How late it is has to be known at once. */
const measureUrgentEveryMs = 1000

/**
 * Measures the queues of a tier every few seconds: for `/metrics`, and for gateways, which cannot tell by themselves how
 * fast they drain.
 */
export function measureQueues(deps: MeasureDeps & ShedderSettings, tier: Tier): Measuring {
  const stopping = new AbortController()
  const samples = new Map<string, readonly RateSample[]>()
  const shedder = tier === 'MARKETING' ? undefined : openShedder(deps, tier)
  const everyMs = shedder ? measureUrgentEveryMs : measureEveryMs
  const ended = run()

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await measure(deps, tier, samples).then(
        ({ oldestMs }) => shedder?.look(oldestMs),
        (error: unknown) => log.warn({ tier, err: error }, 'queues not measured'),
      )
      await sleep(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }

  return {
    async stop() {
      stopping.abort()
      await ended
      shedder?.stop()
    },
  }
}

/** Measures once; what was finished until now is added to the samples. `oldestMs` is how late deliveries are. */
export async function measure(
  { database, streams, now }: MeasureDeps,
  tier: Tier,
  samples: Map<string, readonly RateSample[]>,
): Promise<{ readonly queues: readonly Queue[]; readonly oldestMs: number }> {
  const [readings, due] = await Promise.all([readQueues(streams, tier), readDueWork(database.pool, [tier])])
  const at = now()
  const measured = readings.map((reading) => {
    const { name, finished } = reading
    const known = withSample(samples.get(name) ?? [], { atMs: at.getTime(), finished })
    samples.set(name, known)
    const perSecond = ratePerSecond(known)
    return { queue: queueOf(reading, due, perSecond, at), perSecond }
  })
  for (const { queue, perSecond } of measured) observeQueue(queue, perSecond)
  streams.signal(
    queuesMeasured,
    undefined,
    measured.map(({ queue: { name }, perSecond }) => ({ name, perSecond })),
  )
  return { queues: measured.map(({ queue }) => queue), oldestMs: lateMs(readings, due, at) }
}
