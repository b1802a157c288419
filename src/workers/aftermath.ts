import type { TargetClaim } from '../domain/claim.ts'
import { deviceOfKey } from '../domain/claim-key.ts'
import { type Counts, noCounts } from '../domain/funnel.ts'
import { childSliceId } from '../domain/ids.ts'
import type { Slice, SliceTarget } from '../domain/notification.ts'
import type { DeadLetter } from '../store/dead-letters.ts'
import type { LoggedAttempt, LoggedDelivery } from '../store/delivery-log.ts'
import { type Answer, neverMarked } from './calls.ts'
import { type Fate, fateOf, inboxFallback } from './fate.ts'
import { callsOf, type Plan } from './plan.ts'
import type { Answered } from './step-after.ts'

/** Everything that follows from what the providers answered for a slice. */
export interface Aftermath {
  readonly deliveries: readonly LoggedDelivery[]
  readonly attempts: readonly LoggedAttempt[]
  readonly children: readonly Slice[]
  readonly deadLetters: readonly DeadLetter[]
  /** The recipients whose inbox gets what no provider took. */
  readonly fallbacks: readonly string[]
  readonly counts: Counts
}

export function aftermathOf(answered: Answered): Aftermath {
  const { slice, plans, answers, now } = answered
  const fates = plans.map((plan) => fateOf(answered, plan))
  return {
    deliveries: fates.flatMap(({ target, state, reason, provider }) =>
      state === null ? [] : [{ ...keyOf(slice, target), state, reason, provider, updatedAt: now }],
    ),
    attempts: [...attemptsOf(slice, plans, answers), ...attemptsLeftBehind(answered)],
    children: childSlices(slice, fates),
    deadLetters: fates.flatMap((fate) => deadLetterOf(slice, fate, now)),
    fallbacks: fates.flatMap(({ target, reason }) => (reason === inboxFallback ? [target.recipientId] : [])),
    counts: fates.reduce((counts, fate) => count(counts, fate, slice.attempt), noCounts),
  }
}

/** What a worker may still tell that has lost its slice to another one: what was accepted, was. */
export function acceptedMeanwhile(
  slice: Slice,
  plans: readonly Plan[],
  answers: ReadonlyMap<string, Answer>,
): Pick<Aftermath, 'deliveries' | 'attempts'> {
  const accepted = new Map(
    [...answers].filter(([, answer]) => answer.kind === 'answered' && answer.outcome.kind === 'accepted'),
  )
  const attempts = attemptsOf(slice, plans, accepted)
  // A push makes an attempt for each device, and is one delivery.
  const byRecipient = new Map(attempts.map((attempt) => [attempt.recipientId, attempt]))
  return {
    attempts,
    deliveries: [...byRecipient.values()].map(({ notificationId, recipientId, channel, provider, at }) => {
      return { notificationId, recipientId, channel, state: 'SENT', reason: null, provider, updatedAt: at }
    }),
  }
}

function attemptsOf(
  slice: Slice,
  plans: readonly Plan[],
  answers: ReadonlyMap<string, Answer>,
): readonly LoggedAttempt[] {
  return plans.flatMap((plan) =>
    'calls' in plan
      ? plan.calls.flatMap((call) => attemptOf(slice, plan.target, call.device?.deviceId ?? '', answers.get(call.key)))
      : [],
  )
}

/** Calls of a worker before us that no plan asks for any more: its device has gone, or it is known in another way. */
function attemptsLeftBehind({ slice, createdAt, plans, earlier }: Answered): readonly LoggedAttempt[] {
  const asked = new Set(callsOf(plans).map(({ key }) => key))
  return slice.targets.flatMap((target) =>
    [...earlier].flatMap(([key, claim]) => {
      const deviceId = deviceOfKey(key, target.recipientId)
      if (deviceId === undefined || asked.has(key)) return []
      return attemptOf(slice, target, deviceId, answerOf(claim, createdAt))
    }),
  )
}

/** What a claim says by itself; undefined: not even who was called. */
function answerOf(claim: TargetClaim, createdAt: Date): Answer | undefined {
  if (claim.kind === 'marked') return claim.mark
  if (claim.kind === 'new' || claim.provider === undefined) return undefined
  return neverMarked(claim.provider, 'claimed_without_mark', createdAt)
}

function attemptOf(slice: Slice, target: SliceTarget, deviceId: string, answer: Answer | undefined): LoggedAttempt[] {
  if (answer?.kind !== 'answered') return []
  const { provider, outcome, at, latencyMs } = answer
  return [
    {
      ...keyOf(slice, target),
      attempt: slice.attempt,
      target: deviceId,
      at,
      provider,
      outcome: outcome.kind,
      code: outcome.code ?? null,
      latencyMs,
      providerMessageId: (outcome.kind === 'accepted' && outcome.providerId) || null,
    },
  ]
}

function childSlices(slice: Slice, fates: readonly Fate[]): Slice[] {
  const goingOn = fates.flatMap(({ goesOn }) => goesOn ?? [])
  const groups = Map.groupBy(goingOn, ({ channel, attempt, reason, dueAt }) =>
    JSON.stringify([channel, attempt, reason, dueAt]),
  )
  return [...groups.values()].flatMap((group, n) => {
    const [first] = group
    if (first === undefined) return []
    const { channel, attempt, reason, dueAt } = first
    const targets = group.map(({ target }) => target)
    const { notificationId, page, tier } = slice
    return [{ id: childSliceId(slice.id, n), notificationId, page, tier, channel, attempt, targets, reason, dueAt }]
  })
}

function deadLetterOf(slice: Slice, { target, provider, state, reason, goesOn }: Fate, at: Date): DeadLetter[] {
  if (state !== 'FAILED' || goesOn !== null) return []
  return [{ ...keyOf(slice, target), provider, reason: reason ?? 'failed', attempts: slice.attempt, at }]
}

function keyOf({ notificationId, channel }: Slice, { recipientId }: SliceTarget) {
  return { notificationId, recipientId, channel }
}

/** A delivery that goes on in a child slice counts there. */
function count(counts: Counts, { state, ended, provider, target }: Fate, attempt: number): Counts {
  if (state === null || state === 'PENDING' || !ended) return counts
  const stage = stageOf[state]
  const wasCalled = provider !== null || attempt > 1 || target.sent === true || target.unknown === true
  return { ...counts, [stage]: counts[stage] + 1, dispatched: counts.dispatched + (wasCalled ? 1 : 0) }
}

const stageOf = {
  SENT: 'sent',
  UNKNOWN: 'unknown',
  SUPPRESSED: 'suppressed',
  FAILED: 'failed',
  EXPIRED: 'expired',
  CANCELLED: 'cancelled',
} as const satisfies Record<Exclude<NonNullable<Fate['state']>, 'PENDING'>, keyof Counts>
