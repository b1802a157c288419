import type { EmailMessage, Provider, PushMessage, SmsMessage } from '../channels/provider.ts'
import { chooseProvider } from '../domain/choose-provider.ts'
import { claimKey } from '../domain/claim-key.ts'
import type { PushTarget } from '../domain/content.ts'
import { collapseId, deliveryId } from '../domain/ids.ts'
import type { SliceTarget } from '../domain/notification.ts'
import type { ProviderName } from '../domain/words.ts'
import type { ReachableRecipient } from '../store/recipients.ts'
import type { Call, End, Plan, Planning } from './plan.ts'

/** The calls to make for one target: one for each device of a push, one to the provider of choice for the rest. */
export function planCalls(planning: Planning, target: SliceTarget): Plan {
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
        key: claimKey(target.recipientId, device.deviceId),
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

function closed({ isClosed, comeBackInMs }: Planning, provider: ProviderName): Call['wait'] {
  return isClosed(provider) ? { forMs: comeBackInMs(provider), because: 'breaker_open' } : undefined
}

function planAddressed<M extends EmailMessage | SmsMessage>(
  planning: Planning,
  target: SliceTarget,
  address: string | null,
  providers: readonly Provider<M>[],
  messageTo: (to: string) => M,
): Plan {
  if (address === null) return { target, end: { state: 'SUPPRESSED', reason: 'no_address' } }
  const { isClosed, takesPart, warmShare, random } = planning
  const { asked } = target
  const choice = chooseProvider({
    order: providers.map(({ name }) => name).filter(takesPart),
    // Without evidence it was probably not taken; but who did not answer is not asked first.
    refused: [...(target.refused ?? []), ...(asked ? [asked.provider] : [])],
    isUsable: (name) => !isClosed(name),
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
