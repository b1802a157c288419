import type { Finding } from '../channels/provider.ts'
import type { Providers } from '../channels/providers.ts'
import type { TargetClaim } from '../domain/claim.ts'
import { deviceOfKey } from '../domain/claim-key.ts'
import type { PushTarget } from '../domain/content.ts'
import { decideAgain, unreachable } from '../domain/decide.ts'
import type { Frequency } from '../domain/frequency-cap.ts'
import { deliveryId } from '../domain/ids.ts'
import type { Notification, Slice, SliceTarget } from '../domain/notification.ts'
import type { Outcome } from '../domain/outcome.ts'
import type { Policy } from '../domain/policy.ts'
import type { Unsubscription } from '../domain/unsubscribe.ts'
import type { ProviderName } from '../domain/words.ts'
import type { ReachableRecipient } from '../store/recipients.ts'
import { RenderError } from '../templates/render-error.ts'
import type { Renderer } from './content.ts'
import { planCalls } from './plan-calls.ts'

/** What a slice asks for one of its targets. */
export type Plan =
  | Calling
  /** Over, without a call. */
  | { readonly target: SliceTarget; readonly end: End }
  /** Quiet hours, again or still: it goes on when they are over. */
  | { readonly target: SliceTarget; readonly holdUntil: Date }
  /** It is known by now that a provider has it. */
  | { readonly target: SliceTarget; readonly found: ProviderName }
  /** It may have been taken, and the provider's records cannot be read now. */
  | { readonly target: SliceTarget; readonly stillUnknown: ProviderName }

export interface Calling {
  readonly target: SliceTarget
  readonly calls: readonly Call[]
  /** Asks the provider that may have it already, before anybody is called. */
  readonly lookUp?: ((signal: AbortSignal) => Promise<Finding>) | undefined
}

export interface End {
  readonly state: 'SUPPRESSED' | 'FAILED' | 'EXPIRED' | 'CANCELLED'
  readonly reason: string
}

/** One attempt to make. */
export interface Call {
  /** The key of its claim. */
  readonly key: string
  readonly provider: ProviderName
  /** Who takes over when this provider refuses, in order. */
  readonly others: readonly ProviderName[]
  readonly device: PushTarget | undefined
  /** Where it goes, where that is no device. */
  readonly address: string | undefined
  /** Not to be made yet. */
  readonly wait?: { readonly forMs: number; readonly because: string } | undefined
  run(signal: AbortSignal): Promise<Outcome>
}

export interface Planning {
  readonly slice: Slice
  readonly createdAt: Date
  readonly notification: Notification
  readonly recipients: ReadonlyMap<string, ReachableRecipient>
  readonly render: Renderer
  readonly providers: Providers
  /** Whether a provider takes no calls, and when to come back then; the same for all targets of the slice. */
  readonly isClosed: (provider: ProviderName) => boolean
  readonly comeBackInMs: (provider: ProviderName) => number
  readonly takesPart: (provider: ProviderName) => boolean
  readonly warmShare: number
  readonly unsubscribeUrl: (unsubscription: Unsubscription) => string
  readonly policy: Policy
  readonly frequencyOf: (userId: string) => Frequency
  /** Those who get a newer one of so many that end together. */
  readonly merged: ReadonlySet<string>
  /** Those who have read it in the inbox, where that is enough. */
  readonly readers: ReadonlySet<string>
  /** The ids of deliveries that are known by now to have been taken. */
  readonly reported: ReadonlySet<string>
  /** What workers before this one have left, by the key of a call. */
  readonly earlier: ReadonlyMap<string, TargetClaim>
  readonly now: Date
  readonly random: () => number
}

/** The calls of all plans that make any. */
export function callsOf(plans: readonly Plan[]): readonly Call[] {
  return plans.flatMap((plan) => ('calls' in plan ? plan.calls : []))
}

/** Works out what to do for each target, by what is known now: cancelled, expired, opted out, no address any more. */
export function planSlice(planning: Planning): readonly Plan[] {
  return planning.slice.targets.map((target) => planTarget(planning, target))
}

function planTarget(planning: Planning, target: SliceTarget): Plan {
  const { asked } = target
  if (asked !== undefined && planning.reported.has(keyed(planning, target))) return { target, found: asked.provider }
  const end = endFor(planning, target)
  if (end !== undefined) return { target: withEarlier(planning, target), end }
  const held = decidedAgain(planning, target)
  if (held !== undefined) return { ...held, target: withEarlier(planning, target) }
  try {
    return planCalls(planning, target)
  } catch (error) {
    if (error instanceof RenderError) return { target, end: { state: 'FAILED', reason: 'render_error' } }
    throw error
  }
}

function keyed({ slice: { notificationId, channel } }: Planning, { recipientId }: SliceTarget): string {
  return deliveryId({ notificationId, channel, recipientId })
}

function endFor(planning: Planning, { recipientId }: SliceTarget): End | undefined {
  const { slice, notification, recipients, readers, now } = planning
  if (notification.state === 'CANCELLED') return { state: 'CANCELLED', reason: 'cancelled' }
  if (readers.has(recipientId)) return { state: 'CANCELLED', reason: 'read_in_inbox' }
  if (notification.expiresAt <= now) return { state: 'EXPIRED', reason: 'expired' }
  const recipient = recipients.get(recipientId)
  if (recipient === undefined) return { state: 'SUPPRESSED', reason: 'unknown_user' }
  if (recipient.preferences.hardStop) return { state: 'SUPPRESSED', reason: 'hard_stop' }
  const reason = unreachable(recipient, slice.channel)
  return reason && { state: 'SUPPRESSED', reason }
}

/** A worker that died may have sent it: then it has not simply ended. */
function withEarlier({ earlier }: Planning, target: SliceTarget): SliceTarget {
  const claims = [...earlier]
    .filter(([key]) => deviceOfKey(key, target.recipientId) !== undefined)
    .map(([, claim]) => claim)
  const outcomes = claims.map((claim) =>
    claim.kind === 'marked' ? claim.mark.kind === 'answered' && claim.mark.outcome.kind : claim.kind,
  )
  const [sent, unknown] = [
    outcomes.includes('accepted'),
    outcomes.some((each) => each === 'unmarked' || each === 'unknown'),
  ]
  return { ...target, ...(sent && { sent }), ...(unknown && { unknown }) }
}

/** What was decided longer ago than this is decided again before a provider is called. */
const decisionsLastMs = 5000

/** What has changed since the page was decided: undefined, nothing that matters. */
function decidedAgain(planning: Planning, target: SliceTarget): Exclude<Plan, Calling> | undefined {
  const { slice, createdAt, notification, recipients, policy, frequencyOf, merged, now } = planning
  const recipient = recipients.get(target.recipientId)
  const isFresh = slice.reason === null && now.getTime() - createdAt.getTime() < decisionsLastMs
  if (recipient === undefined || (isFresh && notification.tier !== 'MARKETING')) return undefined
  const frequency = frequencyOf(target.recipientId)
  const decision = decideAgain(notification, recipient, slice.channel, now, policy, frequency)
  switch (decision.outcome) {
    case 'deliver':
      return merged.has(target.recipientId) ? { target, end: { state: 'SUPPRESSED', reason: 'merged' } } : undefined
    case 'defer':
      return { target, holdUntil: decision.until }
    case 'suppress':
      return { target, end: { state: 'SUPPRESSED', reason: decision.reason } }
    case 'expire':
      return { target, end: { state: 'EXPIRED', reason: decision.reason } }
  }
}
