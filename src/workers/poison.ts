import type { Policy } from '../domain/policy.ts'
import { readableTargets } from '../domain/readable-targets.ts'
import { log } from '../log.ts'
import type { Database } from '../store/database.ts'
import type { KeptDeadLetter } from '../store/dead-letters.ts'
import {
  endHopelessNotification,
  findHopelessNotifications,
  findHopelessSlices,
  type Hopeless,
} from '../store/faults.ts'
import { closeSlice, readOpenSlice } from '../store/slices.ts'
import type { Handle } from '../streams/consume.ts'
import { aftermathOf } from './aftermath.ts'
import type { End } from './plan.ts'

export interface PoisonDeps {
  readonly database: Database
  readonly policy: Policy
  readonly now: () => Date
}

interface Due {
  readonly id: string
  readonly generation: number
}

/** Runs a handler; where it fails, by a fault of ours, that is noted of what it failed at. */
export function notingFaults<Body>(handle: Handle<Body>, note: (body: Body) => Promise<void>): Handle<Body> {
  return async (body, isRedelivery) => {
    try {
      await handle(body, isRedelivery)
    } catch (error) {
      await note(body).catch((noteError: unknown) => log.warn({ err: noteError }, 'a fault was not noted'))
      throw error
    }
  }
}

/** What has come round less often than this is not looked at. */
const suspectFrom = 10

/**
 * Ends what comes round again and again because workers fail at it: as dead letters, so that somebody sees them, and can
 * redrive them once the fault is mended. Resolves with the ids of what has been ended.
 */
export async function endHopeless(
  deps: PoisonDeps,
  notifications: readonly Due[],
  slices: readonly Due[],
): Promise<ReadonlySet<string>> {
  const { pool } = deps.database
  const [suspectNotifications, suspectSlices] = [notifications, slices].map((due) =>
    due.filter(({ generation }) => generation >= suspectFrom).map(({ id }) => id),
  )
  const [hopelessNotifications, hopelessSlices] = await Promise.all([
    suspectNotifications?.length ? findHopelessNotifications(pool, suspectNotifications) : [],
    suspectSlices?.length ? findHopelessSlices(pool, suspectSlices) : [],
  ])
  const ended = await Promise.all([
    ...hopelessNotifications.map((each) => end(each, () => endHopelessNotification(pool, each))),
    ...hopelessSlices.map((each) => end(each, () => endHopelessSlice(deps, each))),
  ])
  return new Set(ended.flatMap((id) => id ?? []))
}

/** Its id; undefined where it could not be ended: it comes round once more. */
async function end({ id, reason }: Hopeless, ending: () => Promise<void>): Promise<string | undefined> {
  try {
    await ending()
    log.error({ id, reason }, 'given up on what failed again and again: it is a dead letter')
    return id
  } catch (error) {
    log.error({ id, err: error }, 'what fails again and again could not be ended; trying again later')
    return undefined
  }
}

async function endHopelessSlice({ database, policy, now }: PoisonDeps, { id, reason }: Hopeless) {
  const work = await readOpenSlice(database.pool, id)
  if (work === undefined) return
  const { targets, isBroken } = readableTargets(work.slice.targets)
  const end: End = { state: reason === 'expired' ? 'EXPIRED' : 'FAILED', reason }
  const plans = targets.map((target) => ({ target, end }))
  const slice = { ...work.slice, targets }
  const at = now()
  const aftermath = aftermathOf({
    ...work,
    slice,
    plans,
    answers: new Map(),
    earlier: new Map(),
    policy,
    isUsable: () => false,
    fallsBack: () => false,
    now: at,
    random: () => 0,
  })
  await database.log.logDeliveries(aftermath.deliveries, aftermath.attempts)
  const { notificationId, channel, attempt: attempts } = slice
  const unreadable: KeptDeadLetter = {
    notificationId,
    channel,
    recipientId: null,
    provider: null,
    reason: 'internal_error',
    attempts,
    at,
  }
  const { counts, children, deadLetters } = aftermath
  await closeSlice(database, {
    sliceId: id,
    notificationId,
    counts: { ...counts, failed: counts.failed + (isBroken ? 1 : 0) },
    children,
    deadLetters: isBroken ? [...deadLetters, unreadable] : deadLetters,
    fallbackItems: [],
  })
}
