import type { Providers } from '../channels/providers.ts'
import type { Claims } from '../domain/claim.ts'
import type { Frequency } from '../domain/frequency-cap.ts'
import { deliveryId } from '../domain/ids.ts'
import type { Policy } from '../domain/policy.ts'
import type { Unsubscription } from '../domain/unsubscribe.ts'
import { log } from '../log.ts'
import type { Cipher } from '../store/cipher.ts'
import type { Database } from '../store/database.ts'
import { logDeliveries } from '../store/delivery-log.ts'
import { deactivateToken } from '../store/devices.ts'
import { mergedRecipients } from '../store/held.ts'
import type { ReadRecipients } from '../store/recipients.ts'
import type { RedisConnection } from '../store/redis.ts'
import { closeSlice, readOpenSlice, type SliceWork } from '../store/slices.ts'
import { notificationChanged, type SliceBody } from '../streams/messages.ts'
import type { Streams } from '../streams/streams.ts'
import { type Aftermath, aftermathOf } from './aftermath.ts'
import { type Answer, makeCalls } from './calls.ts'
import { openRenderer } from './content.ts'
import { type Frequencies, readFrequencies } from './frequency.ts'
import { observeAttempts } from './metrics.ts'
import { type Plan, planSlice } from './plan.ts'

export interface DispatchDeps {
  readonly database: Database
  readonly streams: Streams
  readonly cipher: Cipher
  readonly claims: Claims
  readonly providers: Providers
  readonly redis: RedisConnection | undefined
  readonly policy: Policy
  readonly readRecipients: ReadRecipients
  readonly unsubscribeUrl: (unsubscription: Unsubscription) => string
  readonly now: () => Date
  /** Aborted when the process has no more time: calls under way are cut, and what came of them is unknown. */
  readonly hurry: AbortSignal
  readonly random: () => number
}

/** Makes the deliveries of a slice: plan, claim, call and mark, log, close. */
export async function dispatch(deps: DispatchDeps, { sliceId }: SliceBody): Promise<void> {
  const { database, streams, policy, now, random } = deps
  const work = await readOpenSlice(database.pool, sliceId)
  if (work === undefined) return
  const frequencies = await frequenciesOf(deps, work)
  const plans = await planWork(deps, work, frequencies.of)
  const answers = await makeCalls(
    deps,
    sliceId,
    plans.flatMap((plan) => ('calls' in plan ? plan.calls : [])),
  )
  // Another worker is at it; should that one have died, the slice falls due again.
  if (answers === undefined) return
  const aftermath = aftermathOf({ ...work, plans, answers, policy, now: now(), random })
  observeAttempts(work, aftermath.attempts)
  await Promise.all([
    logDeliveries(database.pool, aftermath.deliveries, aftermath.attempts),
    forgetDeadTokens(database, plans, answers),
  ])
  const { children, deadLetters, counts } = aftermath
  const { notificationId } = work.slice
  const closed = await closeSlice(database.pool, { sliceId, notificationId, counts, children, deadLetters })
  if (!closed) return
  tellDeadLetters(aftermath)
  if (work.slice.reason === 'quiet_hours') await frequencies.count(goneOut(work, plans))
  streams.signal(notificationChanged, notificationId, { notificationId })
}

/**
 * Caps are met when a delivery is decided to go out: in its page, or here when quiet hours release it. When it is decided
 * again after that, it must not meet its own count.
 */
function frequenciesOf(deps: DispatchDeps, { slice, notification }: SliceWork): Promise<Frequencies> {
  const released = slice.reason === 'quiet_hours' ? slice.targets : []
  const userIds = released.map(({ recipientId }) => recipientId)
  return readFrequencies(deps, notification, [slice.channel], userIds)
}

async function planWork(
  deps: DispatchDeps,
  work: SliceWork,
  frequencyOf: (userId: string) => Frequency,
): Promise<readonly Plan[]> {
  const { database, cipher, providers, policy, unsubscribeUrl, readRecipients, now } = deps
  const { slice, notification } = work
  const userIds = slice.targets.map(({ recipientId }) => recipientId)
  const [recipients, render, merged] = await Promise.all([
    readRecipients(database.pool, userIds),
    openRenderer(database, cipher, notification),
    mergedRecipients(database.pool, slice, notification.category, policy.mergeAbove),
  ])
  return planSlice({ ...work, recipients, render, providers, policy, frequencyOf, merged, unsubscribeUrl, now: now() })
}

function goneOut({ slice: { channel } }: SliceWork, plans: readonly Plan[]) {
  return plans.flatMap((plan) => ('calls' in plan ? [{ userId: plan.target.recipientId, channel }] : []))
}

async function forgetDeadTokens(
  database: Database,
  plans: readonly Plan[],
  answers: ReadonlyMap<string, Answer>,
): Promise<void> {
  const calls = plans.flatMap((plan) => ('calls' in plan ? plan.calls : []))
  await Promise.all(
    calls.flatMap(({ key, device }) => {
      const answer = answers.get(key)
      if (device === undefined || answer?.outcome.kind !== 'stale_target') return []
      const { app, token } = device
      return [deactivateToken(database.pool, { app, token, deadSince: answer.outcome.deadSince ?? answer.at })]
    }),
  )
}

function tellDeadLetters({ deadLetters }: Aftermath): void {
  for (const { reason, provider, ...key } of deadLetters) {
    log.warn({ deliveryId: deliveryId(key), provider, reason }, 'dead letter')
  }
}
