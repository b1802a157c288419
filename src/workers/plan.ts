import type { EmailMessage, Finding, Provider, PushMessage, SmsMessage } from '../channels/provider.ts'
import type { Providers } from '../channels/providers.ts'
import { chooseProvider } from '../domain/choose-provider.ts'
import type { TargetClaim } from '../domain/claim.ts'
import type { PushTarget } from '../domain/content.ts'
import { decideAgain, unreachable } from '../domain/decide.ts'
import type { Frequency } from '../domain/frequency-cap.ts'
import { collapseId, deliveryId } from '../domain/ids.ts'
import type { Notification, Slice, SliceTarget } from '../domain/notification.ts'
import type { Outcome } from '../domain/outcome.ts'
import type { Policy } from '../domain/policy.ts'
import type { Unsubscription } from '../domain/unsubscribe.ts'
import type { ProviderName } from '../domain/words.ts'
import type { ReachableRecipient } from '../store/recipients.ts'
import { RenderError } from '../templates/render-error.ts'
import type { Renderer } from './content.ts'

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
  /** How long a provider takes no calls; the same for all targets of the slice. */
  readonly closedForMs: (provider: ProviderName) => number
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
    .filter(([key]) => key === target.recipientId || key.startsWith(`${target.recipientId}~`))
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

function planCalls(planning: Planning, target: SliceTarget): Plan {
  const recipient = planning.recipients.get(target.recipientId)
  if (recipient === undefined) throw new Error('planned for a recipient that was not read')
  switch (planning.slice.channel) {
    case 'PUSH':
      return planPush(planning, target, recipient)
    case 'EMAIL':
      return planAddressed(planning, target, recipient.email, planning.providers.EMAIL, (to) => ({
        ...envelope(planning, target),
        to,
        content: planning.render('EMAIL', recipient),
        unsubscribeUrl: unsubscribeUrl(planning, target),
      }))
    case 'SMS':
      return planAddressed(planning, target, recipient.phone, planning.providers.SMS, (to) => ({
        ...envelope(planning, target),
        to,
        content: planning.render('SMS', recipient),
      }))
  }
}

/** Nobody unsubscribes from TRANSACTIONAL: it ignores what people have said of its category. */
function unsubscribeUrl(planning: Planning, { recipientId }: SliceTarget): string | undefined {
  const { tier, category } = planning.notification
  return tier === 'TRANSACTIONAL' ? undefined : planning.unsubscribeUrl({ userId: recipientId, category })
}

function planPush(planning: Planning, target: SliceTarget, recipient: ReachableRecipient): Plan {
  const devices = recipient.devices.filter(({ deviceId }) => target.devices?.includes(deviceId) ?? true)
  if (devices.length === 0) return { target, end: { state: 'SUPPRESSED', reason: 'no_device' } }
  const content = planning.render('PUSH', recipient)
  const calls = devices.flatMap((device): Call[] => {
    const provider = planning.providers.PUSH[device.platform]
    if (provider === undefined) return []
    const message: PushMessage = { ...envelope(planning, target), target: device, content }
    return [
      {
        key: `${target.recipientId}~${device.deviceId}`,
        provider: provider.name,
        others: [],
        device,
        address: undefined,
        wait: notYet(planning, target, device) ?? closed(planning, provider.name),
        run: (signal) => provider.attempt(message, signal),
      },
    ]
  })
  return calls.length > 0 ? { target, calls } : { target, end: noProvider }
}

/** The device's own retry is not due: that of another one came first. */
function notYet({ now }: Planning, { notBefore }: SliceTarget, { deviceId }: PushTarget): Call['wait'] {
  const forMs = Date.parse(notBefore?.[deviceId] ?? '') - now.getTime()
  return forMs > 0 ? { forMs, because: 'retry' } : undefined
}

function closed({ closedForMs }: Planning, provider: ProviderName): Call['wait'] {
  const forMs = closedForMs(provider)
  return forMs > 0 ? { forMs, because: 'breaker_open' } : undefined
}

function planAddressed<M extends EmailMessage | SmsMessage>(
  planning: Planning,
  target: SliceTarget,
  address: string | null,
  providers: readonly Provider<M>[],
  messageTo: (to: string) => M,
): Plan {
  if (address === null) return { target, end: { state: 'SUPPRESSED', reason: 'no_address' } }
  const { closedForMs, takesPart, warmShare, random } = planning
  const { asked } = target
  const choice = chooseProvider({
    order: providers.map(({ name }) => name).filter(takesPart),
    // Without evidence it was probably not taken; but who did not answer is not asked first.
    refused: [...(target.refused ?? []), ...(asked ? [asked.provider] : [])],
    isUsable: (name) => closedForMs(name) === 0,
    warmShare,
    random: random(),
  })
  const provider = providers.find(({ name }) => name === choice?.provider)
  if (choice === undefined || provider === undefined) return { target, end: noProvider }
  const message = messageTo(address)
  const lookUp = providers.find(({ name }) => name === asked?.provider)?.lookUp
  return {
    target,
    calls: [
      {
        key: target.recipientId,
        provider: provider.name,
        others: choice.others,
        device: undefined,
        address,
        wait: closed(planning, provider.name),
        run: (signal) => provider.attempt(message, signal),
      },
    ],
    lookUp: asked && lookUp && ((signal) => lookUp(message, new Date(asked.at), signal)),
  }
}

const noProvider: End = { state: 'FAILED', reason: 'no_provider' }

function envelope({ slice, notification }: Planning, { recipientId }: SliceTarget) {
  const key = { notificationId: notification.id, channel: slice.channel, recipientId }
  return {
    deliveryId: deliveryId(key),
    collapseId: collapseId(key, notification.collapseKey ?? undefined, notification.callerId),
    tier: notification.tier,
    expiresAt: notification.expiresAt,
  }
}
