import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { log } from '../log.ts'
import type { Database } from '../store/database.ts'
import { giveUpDuty, holdDuty } from '../store/duty.ts'
import { dutiesFailed, dutiesHeld } from './metrics.ts'

/** Something that one process at a time does for all of them, now and then. */
export interface DutyWork {
  readonly name: string
  /** Milliseconds from the end of one time to the beginning of the next. */
  readonly everyMs: number
  /** Has to bear being done twice at once: a process may be paused for longer than it holds the duty. */
  work(): Promise<void>
}

export interface Duty {
  /** Resolves when what is under way has ended and another process may have the duty. */
  stop(): Promise<void>
}

export interface DutyTiming {
  /** How often a process asks for the duty, or renews it. */
  readonly askEveryMs: number
  /** So long after its last sign of life the holder has lost it. */
  readonly leaseMs: number
}

const usual: DutyTiming = { askEveryMs: 2000, leaseMs: 7000 }

/** Any number of processes may stand for a duty: one has it, and when that one is gone another has it within seconds. */
export function standFor(
  { pool }: Pick<Database, 'pool'>,
  duty: DutyWork,
  { askEveryMs, leaseMs }: DutyTiming = usual,
): Duty {
  const { name, everyMs } = duty
  const holder = randomUUID()
  const stopping = new AbortController()
  let underWay: Promise<void> | undefined
  let nextAt = 0
  const ended = run()

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const held = await holdDuty(pool, name, holder, leaseMs).catch(() => false)
      dutiesHeld.set({ duty: name }, held ? 1 : 0)
      if (!held) nextAt = 0
      else if (underWay === undefined && performance.now() >= nextAt) underWay = once()
      await sleep(askEveryMs, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }

  async function once(): Promise<void> {
    try {
      await duty.work()
    } catch (error) {
      dutiesFailed.inc({ duty: name })
      log.warn({ duty: name, err: error }, 'a duty was not done; trying again later')
    }
    nextAt = performance.now() + everyMs
    underWay = undefined
  }

  return {
    async stop() {
      stopping.abort()
      await ended
      await underWay
      dutiesHeld.set({ duty: name }, 0)
      await giveUpDuty(pool, name, holder).catch(() => undefined)
    },
  }
}
