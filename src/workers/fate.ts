import { deliveryId } from '../domain/ids.ts'
import type { Slice, SliceTarget } from '../domain/notification.ts'
import { spreadOut } from '../domain/spread.ts'
import type { ProviderName } from '../domain/words.ts'
import { after, earlier, type GoingOn, goingOn } from './going-on.ts'
import type { Calling, End, Plan } from './plan.ts'
import { type Answered, type Stepped, stepAfter } from './step-after.ts'

/** What becomes of one target: it ends, or it goes on in a child slice. */
export interface Fate {
  readonly target: SliceTarget
  readonly provider: ProviderName | null
  /** The state to log; null: what is logged stays. */
  readonly state: End['state'] | 'UNKNOWN' | 'SENT' | 'PENDING' | null
  readonly reason: string | null
  /** Nothing more happens to this delivery; another channel may take over. */
  readonly ended: boolean
  readonly goesOn: GoingOn | null
}

/** The reason of what has gone to the inbox instead. */
export const inboxFallback = 'inbox_fallback'

export function fateOf(answered: Answered, plan: Plan): Fate {
  const { slice } = answered
  if ('end' in plan) return endOf(answered, plan.target, null, plan.end)
  if ('holdUntil' in plan) return heldBack(answered, plan.target, plan.holdUntil)
  if ('found' in plan) return sentBy(plan.target, plan.found)
  if ('stillUnknown' in plan) return askedAgain(answered, plan.target, plan.stillUnknown)
  const { target, calls } = plan
  const steps = calls.map((call) => stepAfter(answered, call))
  const provider = steps.findLast(({ answer }) => answer.kind === 'answered')?.provider ?? null
  const sent = target.sent === true || steps.some(({ step }) => step.do === 'done')
  const waiting = steps.filter(({ forMs }) => forMs !== undefined)
  if (waiting.length > 0) {
    if (provider === null && !sent && isLeftAlone(answered, plan)) return fallenBack(target, provider)
    const goesOn = goingOn(answered, target, waiting, steps)
    return { target, provider, ...toldOf(slice, goesOn, waiting), ended: false, goesOn }
  }
  if (sent) return sentBy(target, provider)
  const unknown = target.unknown === true || steps.some(({ isUnknown }) => isUnknown)
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

/** Somebody who asks is told of an open breaker; what waits for its turn is simply pending. */
function toldOf(slice: Slice, { target }: GoingOn, waiting: readonly Stepped[]): Pick<Fate, 'state' | 'reason'> {
  if (target.sent) return { state: 'SENT', reason: null }
  if (target.unknown) return { state: 'UNKNOWN', reason: 'awaiting_evidence' }
  const isOpen = waiting.every(({ answer }) => answer.kind === 'not_called' && answer.because === 'breaker_open')
  if (isOpen) return { state: 'PENDING', reason: 'breaker_open' }
  return slice.reason === 'provider' ? { state: 'PENDING', reason: null } : { state: null, reason: null }
}

/** No provider of the channel takes calls, and the inbox may have it. */
function isLeftAlone({ answers, fallsBack }: Answered, { target, calls }: Calling): boolean {
  const isClosed = calls.every(({ key }) => {
    const answer = answers.get(key)
    return answer?.kind === 'not_called' && answer.because === 'breaker_open'
  })
  return isClosed && target.unknown !== true && fallsBack(target.recipientId)
}

function fallenBack(target: SliceTarget, provider: ProviderName | null): Fate {
  return { target, provider, state: 'SUPPRESSED', reason: inboxFallback, ended: true, goesOn: null }
}

function sentBy(target: SliceTarget, provider: ProviderName | null): Fate {
  return { target, provider, state: 'SENT', reason: null, ended: true, goesOn: null }
}

const askAgainAfterMs = 60_000

/** The records of the provider could not be read: they are asked again later. */
function askedAgain(answered: Answered, target: SliceTarget, provider: ProviderName): Fate {
  const { slice, notification } = answered
  const dueAt = earlier(after(answered, askAgainAfterMs), notification.expiresAt)
  const goesOn: GoingOn = { target, channel: slice.channel, attempt: slice.attempt, reason: 'evidence', dueAt }
  return { target, provider, state: 'UNKNOWN', reason: 'awaiting_evidence', ended: false, goesOn }
}

/** After these, the inbox takes over where it may. */
const withoutProvider: ReadonlySet<string> = new Set(['no_provider', 'provider_config'])
/** After these, another channel would be as wrong. */
const finalReasons: ReadonlySet<string> = new Set(['hard_stop', 'merged'])

/** Nothing more happens on this channel; with routing FIRST the next one takes over, unless this one may have it. */
function endOf(
  { now, fallsBack }: Answered,
  target: SliceTarget,
  provider: ProviderName | null,
  { state, reason }: End,
): Fate {
  if (target.sent) return sentBy(target, provider)
  if (target.unknown && state !== 'FAILED') {
    return { target, provider, state: 'UNKNOWN', reason: 'no_evidence', ended: true, goesOn: null }
  }
  const [channel, ...next] = target.next ?? []
  const takesOver = channel !== undefined && !target.unknown && (state === 'FAILED' || state === 'SUPPRESSED')
  const goesOn: GoingOn | null =
    takesOver && !finalReasons.has(reason)
      ? { target: { recipientId: target.recipientId, next }, channel, attempt: 1, reason: 'next_channel', dueAt: now }
      : null
  if (goesOn === null && withoutProvider.has(reason) && fallsBack(target.recipientId))
    return fallenBack(target, provider)
  return { target, provider, state, reason, ended: true, goesOn }
}

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
