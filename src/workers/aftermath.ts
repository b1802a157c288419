import { type Counts, noCounts } from '../domain/funnel.ts'
import { childSliceId, deliveryId } from '../domain/ids.ts'
import { nextStep, type Step } from '../domain/next-step.ts'
import type { Notification, Slice, SliceReason, SliceTarget } from '../domain/notification.ts'
import type { Policy } from '../domain/policy.ts'
import { spreadOut } from '../domain/spread.ts'
import type { ProviderChannel, ProviderName, Tier } from '../domain/words.ts'
import type { DeadLetter } from '../store/dead-letters.ts'
import type { LoggedAttempt, LoggedDelivery } from '../store/delivery-log.ts'
import type { Answer } from './calls.ts'
import type { Call, End, Plan } from './plan.ts'

/** Everything that follows from what the providers answered for a slice. */
export interface Aftermath {
  readonly deliveries: readonly LoggedDelivery[]
  readonly attempts: readonly LoggedAttempt[]
  readonly children: readonly Slice[]
  readonly deadLetters: readonly DeadLetter[]
  readonly counts: Counts
}

export interface Answered {
  readonly slice: Slice
  readonly notification: Notification
  readonly plans: readonly Plan[]
  readonly answers: ReadonlyMap<string, Answer>
  readonly policy: Policy
  readonly now: Date
  /** From [0, 1), for jitter. */
  readonly random: () => number
}

/** What becomes of one target: it ends, or it goes on in a child slice. */
interface Fate {
  readonly target: SliceTarget
  readonly provider: ProviderName | null
  /** The state to log; null: it is simply pending. */
  readonly state: End['state'] | 'UNKNOWN' | 'SENT' | null
  readonly reason: string | null
  /** Nothing more happens to this delivery; another channel may take over. */
  readonly ended: boolean
  readonly goesOn: GoingOn | null
}

interface GoingOn {
  readonly target: SliceTarget
  readonly channel: ProviderChannel
  readonly attempt: number
  readonly reason: SliceReason | null
  readonly dueAt: Date
}

export function aftermathOf(answered: Answered): Aftermath {
  const { slice, plans, answers, now } = answered
  const fates = plans.map((plan) => fateOf(answered, plan))
  return {
    deliveries: fates.flatMap(({ target, state, reason, provider }) =>
      state === null ? [] : [{ ...keyOf(slice, target), state, reason, provider, updatedAt: now }],
    ),
    attempts: plans.flatMap((plan) => ('calls' in plan ? attemptsOf(slice, plan.target, plan.calls, answers) : [])),
    children: childSlices(slice, fates),
    deadLetters: fates.flatMap((fate) => deadLetterOf(slice, fate, now)),
    counts: fates.reduce((counts, fate) => count(counts, fate, slice.attempt), noCounts),
  }
}

function fateOf(answered: Answered, plan: Plan): Fate {
  const { slice } = answered
  const { target } = plan
  if ('end' in plan) return endOf(answered, target, null, plan.end)
  if ('holdUntil' in plan) return heldBack(answered, target, plan.holdUntil)
  const provider = plan.calls.at(-1)?.provider ?? null
  const steps = plan.calls.map((call) => ({ call, ...stepAfter(answered, call) }))
  const sent = target.sent === true || steps.some(({ step }) => step.do === 'done')
  const unknown = target.unknown === true || steps.some(({ isUnknown }) => isUnknown)
  const waiting = steps.filter(({ step }) => waitMs(step) !== undefined)
  if (waiting.length > 0) {
    const evidence = waiting.some(({ step }) => step.do === 'awaitEvidence')
    const devices = waiting.flatMap(({ call }) => call.device?.deviceId ?? [])
    const goesOn: GoingOn = {
      target: {
        ...target,
        until: undefined,
        ...(devices.length > 0 && { devices }),
        ...(sent && { sent }),
        ...(unknown && { unknown }),
      },
      channel: slice.channel,
      attempt: slice.attempt + 1,
      reason: evidence ? 'evidence' : 'retry',
      dueAt: after(answered, Math.max(...waiting.map(({ step }) => waitMs(step) ?? 0))),
    }
    const state = sent ? 'SENT' : unknown ? 'UNKNOWN' : null
    return { target, provider, state, reason: state === 'UNKNOWN' ? 'awaiting_evidence' : null, ended: false, goesOn }
  }
  if (sent) return { target, provider, state: 'SENT', reason: null, ended: true, goesOn: null }
  const worst = steps.map(({ step }) => step).find((step) => step.do !== 'done')
  switch (worst?.do) {
    case 'expire':
      return endOf(answered, { ...target, unknown }, provider, { state: 'EXPIRED', reason: 'expired' })
    case 'suppress':
      return endOf(answered, target, provider, { state: 'SUPPRESSED', reason: worst.reason })
    case 'deadLetter':
      return endOf(answered, target, provider, { state: 'FAILED', reason: worst.reason })
    default:
      throw new Error('a delivery was neither sent nor ended')
  }
}

function stepAfter(
  { slice, notification, answers, now, random }: Answered,
  call: Call,
): { step: Step; isUnknown: boolean } {
  const answer = answers.get(call.key)
  if (answer === undefined) throw new Error('a call without an answer')
  const step = nextStep({
    outcome: answer.outcome,
    attempt: slice.attempt,
    tier: notification.tier,
    channel: slice.channel,
    leftMs: notification.expiresAt.getTime() - now.getTime(),
    random: random(),
  })
  return { step, isUnknown: answer.outcome.kind === 'unknown' }
}

function waitMs(step: Step): number | undefined {
  if (step.do === 'retry') return step.inMs
  return step.do === 'awaitEvidence' ? step.forMs : undefined
}

/** Nothing more happens on this channel; with routing FIRST the next one takes over, unless this one may have it. */
function endOf({ now }: Answered, target: SliceTarget, provider: ProviderName | null, { state, reason }: End): Fate {
  if (target.sent) return { target, provider, state: 'SENT', reason: null, ended: true, goesOn: null }
  if (target.unknown && state !== 'FAILED') {
    return { target, provider, state: 'UNKNOWN', reason: 'no_evidence', ended: true, goesOn: null }
  }
  const [channel, ...next] = target.next ?? []
  const takesOver = channel !== undefined && !target.unknown && (state === 'FAILED' || state === 'SUPPRESSED')
  const goesOn: GoingOn | null =
    takesOver && !finalReasons.has(reason)
      ? { target: { recipientId: target.recipientId, next }, channel, attempt: 1, reason: 'next_channel', dueAt: now }
      : null
  return { target, provider, state, reason, ended: true, goesOn }
}

function attemptsOf(
  slice: Slice,
  target: SliceTarget,
  calls: readonly Call[],
  answers: ReadonlyMap<string, Answer>,
): LoggedAttempt[] {
  return calls.flatMap(({ key, device, provider }) => {
    const answer = answers.get(key)
    if (answer === undefined) return []
    const { outcome, at, latencyMs } = answer
    return [
      {
        ...keyOf(slice, target),
        attempt: slice.attempt,
        target: device?.deviceId ?? '',
        at,
        provider,
        outcome: outcome.kind,
        code: outcome.code ?? null,
        latencyMs,
      },
    ]
  })
}

/** After these, another channel would be as wrong. */
const finalReasons: ReadonlySet<string> = new Set(['hard_stop', 'merged'])

/** Its quiet hours are not over: the same attempt later. */
function heldBack({ slice, notification, policy }: Answered, target: SliceTarget, until: Date): Fate {
  const { notificationId, channel } = slice
  const id = deliveryId({ notificationId, channel, recipientId: target.recipientId })
  const goesOn: GoingOn = {
    target: { ...target, until: until.toISOString() },
    channel,
    attempt: slice.attempt,
    reason: 'quiet_hours',
    dueAt: spreadOut(until, id, notification.expiresAt, policy.spreadMs),
  }
  return { target, provider: null, state: target.sent ? 'SENT' : null, reason: null, ended: false, goesOn }
}

/** Waits are rounded up to such steps, so that what waits about as long shares a slice. */
const stepMs: Record<Tier, number> = { TRANSACTIONAL: 250, SOCIAL: 1000, MARKETING: 5000 }

function after({ notification, now }: Answered, waitMs: number): Date {
  const step = stepMs[notification.tier]
  return new Date(now.getTime() + Math.ceil(waitMs / step) * step)
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
  if (state === null || !ended) return counts
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
} as const satisfies Record<NonNullable<Fate['state']>, keyof Counts>
