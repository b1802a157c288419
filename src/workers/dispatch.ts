import { randomUUID } from 'node:crypto'
import type { Providers } from '../channels/providers.ts'
import type { ClaimedSlice, Claims, EarlierClaims } from '../domain/claim.ts'
import type { Frequency } from '../domain/frequency-cap.ts'
import { type DeliveryKey, deliveryId } from '../domain/ids.ts'
import { isHandedOnAtOnce, leaseMs, type Slice } from '../domain/notification.ts'
import type { Policy } from '../domain/policy.ts'
import type { Unsubscription } from '../domain/unsubscribe.ts'
import type { ProviderName } from '../domain/words.ts'
import { log } from '../log.ts'
import type { Cipher } from '../store/cipher.ts'
import type { Database } from '../store/database.ts'
import { readEvidence } from '../store/evidence.ts'
import { mergedRecipients } from '../store/held.ts'
import type { ReadRecipients } from '../store/recipients.ts'
import type { RedisConnection } from '../store/redis.ts'
import { closeSlice, readOpenSlice, type SliceWork } from '../store/slices.ts'
import { suppressAddresses } from '../store/suppressions.ts'
import { inboxChanged, notificationChanged, type SliceBody, sliceMessage } from '../streams/messages.ts'
import type { Streams } from '../streams/streams.ts'
import { type Aftermath, acceptedMeanwhile, aftermathOf } from './aftermath.ts'
import { type Answer, makeCalls } from './calls.ts'
import { openRenderer } from './content.ts'
import { type Frequencies, readFrequencies } from './frequency.ts'
import type { Gate } from './gate.ts'
import { type InboxFallback, openInboxFallback } from './inbox-fallback.ts'
import { lookUpAll } from './look-up.ts'
import { forgetDeadTokens, unwilling } from './lost-addresses.ts'
import { observeAttempts } from './metrics.ts'
import { callsOf, type Plan, planSlice } from './plan.ts'
import { readersOf } from './readers.ts'

export interface DispatchDeps {
  readonly database: Database
  readonly streams: Streams
  readonly cipher: Cipher
  readonly claims: Claims
  readonly providers: Providers
  readonly gates: (provider: ProviderName) => Gate
  /** Whether a provider may be asked to send at all. */
  readonly takesPart: (provider: ProviderName) => boolean
  /** The share of deliveries that goes through the second provider of a channel while the first one works. */
  readonly warmShare: number
  readonly redis: RedisConnection | undefined
  readonly policy: Policy
  readonly readRecipients: ReadRecipients
  readonly unsubscribeUrl: (unsubscription: Unsubscription) => string
  readonly now: () => Date
  /** Aborted when the process has no more time: calls under way are cut, and what came of them is unknown. */
  readonly hurry: AbortSignal
  readonly random: () => number
}

/** Makes the deliveries of a slice: plan, claim, call and mark, log, close. `isRedelivery`: the message comes again. */
export async function dispatch(deps: DispatchDeps, { sliceId }: SliceBody, isRedelivery = false): Promise<void> {
  const { database, streams, claims, gates, policy, hurry, now, random } = deps
  const work = await readOpenSlice(database.pool, sliceId)
  if (work === undefined) return
  const worker = randomUUID()
  const slice = claimedSlice(work, isRedelivery)
  const earlier = await claims.earlier(slice, worker)
  // Should the other worker have died, the slice falls due again.
  if (earlier.kind === 'busy') return
  const frequencies = await frequenciesOf(deps, work)
  const { plans: planned, fallback } = await planWork(deps, work, earlier, frequencies.of)
  const plans = await lookUpAll({ database, slice: work.slice, now: now(), signal: hurry }, planned)
  const calls = callsOf(plans)
  const made = await makeCalls(deps, { slice, worker, earlier, calls, isRetry: work.slice.attempt > 1 })
  if (made.kind === 'busy') return
  const { answers } = made
  if (made.kind === 'lost') return tellAccepted(deps, work.slice, plans, answers)
  const aftermath = aftermathOf({
    ...work,
    plans,
    answers,
    earlier: earlier.of,
    policy,
    isUsable: (provider) => !gates(provider).isClosed(),
    fallsBack: fallback.mayTake,
    now: now(),
    random,
  })
  observeAttempts(work, aftermath.attempts)
  await Promise.all([
    database.log.logDeliveries(aftermath.deliveries, aftermath.attempts),
    forgetDeadTokens(database, plans, answers),
    suppressAddresses(database.pool, unwilling(work.slice, plans, answers)),
  ])
  const { notificationId, tier } = work.slice
  const closed = await closeSlice(database, {
    sliceId,
    notificationId,
    counts: aftermath.counts,
    children: handedOn(aftermath.children, now()),
    deadLetters: aftermath.deadLetters,
    fallbackItems: fallback.itemsFor(aftermath.fallbacks, now()),
  })
  if (closed === undefined) return
  for (const head of closed.heads) streams.signal(inboxChanged, head.userId, head)
  tellDeadLetters(aftermath)
  if (work.slice.reason === 'quiet_hours') await frequencies.count(goneOut(work, plans))
  streams.signal(notificationChanged, notificationId, { notificationId })
  // What cannot be published falls due by itself.
  await Promise.allSettled(
    aftermath.children
      .filter(({ reason }) => isHandedOnAtOnce(reason))
      .map(({ id, channel }) => streams.publish(sliceMessage, { sliceId: id, tier, channel, generation: 0 })),
  )
}

/** A slice is handed out for the first time by whoever made it, or by the relay when it falls due. */
function claimedSlice({ slice, createdAt, generation }: SliceWork, isRedelivery: boolean): ClaimedSlice {
  const first = isHandedOnAtOnce(slice.reason) ? 0 : 1
  return { id: slice.id, createdAt, isRepeat: isRedelivery || generation > first, generation }
}

/** What is handed on at once falls due only when that has come to nothing. */
function handedOn(children: readonly Slice[], now: Date): readonly Slice[] {
  return children.map((child) =>
    isHandedOnAtOnce(child.reason) ? { ...child, dueAt: new Date(now.getTime() + leaseMs(0)) } : child,
  )
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
  earlier: Extract<EarlierClaims, { readonly kind: 'found' }>,
  frequencyOf: (userId: string) => Frequency,
): Promise<{ readonly plans: readonly Plan[]; readonly fallback: InboxFallback }> {
  const { database, cipher, policy, readRecipients, now } = deps
  const { slice, notification } = work
  const userIds = slice.targets.map(({ recipientId }) => recipientId)
  const [recipients, render, merged, readers, reported] = await Promise.all([
    readRecipients(database.pool, userIds),
    openRenderer(database, cipher, notification),
    mergedRecipients(database, slice, notification.category, policy.mergeAbove),
    readersOf(database, notification, userIds),
    readEvidence(database, inDoubt(slice)),
  ])
  const plans = planSlice({
    ...deps,
    ...work,
    recipients,
    render,
    frequencyOf,
    merged,
    readers,
    reported,
    earlier: earlier.of,
    isClosed: once((provider) => deps.gates(provider).isClosed()),
    comeBackInMs: once((provider) => deps.gates(provider).comeBackInMs()),
    now: now(),
  })
  return { plans, fallback: await openInboxFallback(database, { ...work, recipients, render, policy, now: now() }) }
}

/** The deliveries of a slice that a provider may have taken. */
function inDoubt({ notificationId, channel, targets }: Slice): readonly DeliveryKey[] {
  return targets.flatMap(({ recipientId, asked }) => (asked ? [{ notificationId, channel, recipientId }] : []))
}

/** Asks once for each provider: what waits for the same one waits equally long, and stays in one slice. */
function once<T>(ask: (provider: ProviderName) => T): (provider: ProviderName) => T {
  const answers = new Map<ProviderName, T>()
  return (provider) => {
    const answer = answers.get(provider) ?? ask(provider)
    answers.set(provider, answer)
    return answer
  }
}

function goneOut({ slice: { channel } }: SliceWork, plans: readonly Plan[]) {
  return plans.flatMap((plan) => ('calls' in plan ? [{ userId: plan.target.recipientId, channel }] : []))
}

/** Another worker has taken the slice over: it decides what becomes of it, by what is known, and this is worth knowing. */
async function tellAccepted(
  { database }: DispatchDeps,
  slice: Slice,
  plans: readonly Plan[],
  answers: ReadonlyMap<string, Answer>,
): Promise<void> {
  log.warn({ sliceId: slice.id }, 'lost a slice to another worker')
  const { deliveries, attempts } = acceptedMeanwhile(slice, plans, answers)
  await database.log.logDeliveries(deliveries, attempts)
}

function tellDeadLetters({ deadLetters }: Aftermath): void {
  for (const { reason, provider, ...key } of deadLetters) {
    log.warn({ deliveryId: deliveryId(key), provider, reason }, 'dead letter')
  }
}
