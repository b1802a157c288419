import type { EmailMessage, Provider, PushMessage, SmsMessage } from '../channels/provider.ts'
import type { Providers } from '../channels/providers.ts'
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

/** What a slice asks for one of its targets: calls to make, or an end without any. */
export type Plan =
  | { readonly target: SliceTarget; readonly calls: readonly Call[] }
  | { readonly target: SliceTarget; readonly end: End }
  /** Quiet hours, again or still: it goes on when they are over. */
  | { readonly target: SliceTarget; readonly holdUntil: Date }

export interface End {
  readonly state: 'SUPPRESSED' | 'FAILED' | 'EXPIRED' | 'CANCELLED'
  readonly reason: string
}

/** One attempt to make. */
export interface Call {
  /** The key of its claim. */
  readonly key: string
  readonly provider: ProviderName
  readonly device: PushTarget | undefined
  run(signal: AbortSignal): Promise<Outcome>
}

export interface Planning {
  readonly slice: Slice
  readonly createdAt: Date
  readonly notification: Notification
  readonly recipients: ReadonlyMap<string, ReachableRecipient>
  readonly render: Renderer
  readonly providers: Providers
  readonly unsubscribeUrl: (unsubscription: Unsubscription) => string
  readonly policy: Policy
  readonly frequencyOf: (userId: string) => Frequency
  /** Those who get a newer one of so many that end together. */
  readonly merged: ReadonlySet<string>
  readonly now: Date
}

/** Works out what to do for each target, by what is known now: cancelled, expired, opted out, no address any more. */
export function planSlice(planning: Planning): readonly Plan[] {
  return planning.slice.targets.map((target) => {
    const end = endFor(planning, target)
    if (end !== undefined) return { target, end }
    const held = decidedAgain(planning, target)
    if (held !== undefined) return held
    try {
      return planCalls(planning, target)
    } catch (error) {
      if (error instanceof RenderError) return { target, end: { state: 'FAILED', reason: 'render_error' } }
      throw error
    }
  })
}

function endFor({ slice, notification, recipients, now }: Planning, { recipientId }: SliceTarget): End | undefined {
  if (notification.state === 'CANCELLED') return { state: 'CANCELLED', reason: 'cancelled' }
  if (notification.expiresAt <= now) return { state: 'EXPIRED', reason: 'expired' }
  const recipient = recipients.get(recipientId)
  if (recipient === undefined) return { state: 'SUPPRESSED', reason: 'unknown_user' }
  if (recipient.preferences.hardStop) return { state: 'SUPPRESSED', reason: 'hard_stop' }
  const reason = unreachable(recipient, slice.channel)
  return reason && { state: 'SUPPRESSED', reason }
}

/** What was decided longer ago than this is decided again before a provider is called. */
const decisionsLastMs = 5000

/** What has changed since the page was decided: undefined, nothing that matters. */
function decidedAgain(planning: Planning, target: SliceTarget): Plan | undefined {
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
      return planAddressed(target, recipient.email, planning.providers.EMAIL[0], (to) => ({
        ...envelope(planning, target),
        to,
        content: planning.render('EMAIL', recipient),
        unsubscribeUrl: unsubscribeUrl(planning, target),
      }))
    case 'SMS':
      return planAddressed(target, recipient.phone, planning.providers.SMS[0], (to) => ({
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
    const message: PushMessage = { ...envelope(planning, target), target: device, content }
    return provider === undefined ? [] : [callOf(provider, message, target, device)]
  })
  return calls.length > 0 ? { target, calls } : { target, end: noProvider }
}

function planAddressed<M extends EmailMessage | SmsMessage>(
  target: SliceTarget,
  address: string | null,
  provider: Provider<M> | undefined,
  message: (to: string) => M,
): Plan {
  if (address === null) return { target, end: { state: 'SUPPRESSED', reason: 'no_address' } }
  if (provider === undefined) return { target, end: noProvider }
  return { target, calls: [callOf(provider, message(address), target, undefined)] }
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

function callOf<M>(provider: Provider<M>, message: M, target: SliceTarget, device: PushTarget | undefined): Call {
  return {
    key: device === undefined ? target.recipientId : `${target.recipientId}~${device.deviceId}`,
    provider: provider.name,
    device,
    run: (signal) => provider.attempt(message, signal),
  }
}
