import { setTimeout as sleep } from 'node:timers/promises'
import {
  type FanOutWork,
  firstThreshold,
  nextRate,
  nextThreshold,
  type ThresholdLimits,
} from '../domain/fan-out-threshold.ts'
import type { Tier } from '../domain/words.ts'
import { log } from '../log.ts'
import type { Database } from '../store/database.ts'
import { changeThreshold, readFanOutBacklog, readThresholds } from '../store/fan-out-thresholds.ts'
import { fanOutMeasured } from '../streams/messages.ts'
import type { Streams } from '../streams/streams.ts'
import { observeThreshold } from './metrics.ts'

export interface ThresholdDeps {
  readonly database: Pick<Database, 'pool'>
  readonly streams: Streams
  readonly limits: ThresholdLimits
}

export interface ThresholdWatch {
  stop(): Promise<void>
}

const everyMs = 5000
/** A process that has told nothing for so long is not there any more, or has nothing to do: its rate is still believed. */
const believedMs = 600_000

/** Keeps the threshold of a tier at what its fan-out is seen to be able to do. */
export function watchThreshold(deps: ThresholdDeps, tier: Tier): ThresholdWatch {
  const stopping = new AbortController()
  const rates = openRates()
  const stopListening = deps.streams.listen(fanOutMeasured, tier, ({ process, ...work }) => rates.add(process, work))
  const ended = run()

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await adjustThreshold(deps, tier, rates.perSecond()).catch((error: unknown) =>
        log.warn({ tier, err: error }, 'the threshold of the fan-out was not adjusted'),
      )
      await sleep(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }

  return {
    async stop() {
      stopListening()
      stopping.abort()
      await ended
    },
  }
}

/** Adjusts it once, and resolves with what it is then. Without a rate it stays. */
export async function adjustThreshold(
  { database: { pool }, limits }: Pick<ThresholdDeps, 'database' | 'limits'>,
  tier: Tier,
  recipientsPerSecond: number | undefined,
): Promise<number> {
  const [thresholds, backlog] = await Promise.all([readThresholds(pool), readFanOutBacklog(pool, tier)])
  const was = thresholds.get(tier) ?? firstThreshold
  const load = { recipientsPerSecond: recipientsPerSecond ?? 0, backlog }
  const threshold = recipientsPerSecond === undefined ? was : nextThreshold(was, load, tier, limits)
  if (threshold !== was && (await changeThreshold(pool, tier, { was, threshold, load }))) {
    log.info({ tier, was, threshold, ...load, ...limits }, 'the threshold of the fan-out has changed')
  }
  observeThreshold(tier, threshold, load)
  return threshold
}

/** What all processes together write to in a second; undefined: none has told yet. */
function openRates() {
  const rates = new Map<string, { readonly rate: number | undefined; readonly atMs: number }>()
  return {
    add(process: string, work: FanOutWork): void {
      rates.set(process, { rate: nextRate(rates.get(process)?.rate, work), atMs: performance.now() })
    },
    perSecond(): number | undefined {
      for (const [process, { atMs }] of rates) if (performance.now() - atMs > believedMs) rates.delete(process)
      const known = [...rates.values()].flatMap(({ rate }) => rate ?? [])
      return known.length === 0 ? undefined : known.reduce((sum, rate) => sum + rate, 0)
    },
  }
}
