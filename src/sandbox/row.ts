import { readDeliveryId } from './delivery-id.ts'
import type { Channel, Message, Provider, Shown } from './provider.ts'

/** What a provider accepted, before the ledger stamps it. */
export interface Entry extends Shown {
  readonly provider: string
  readonly channel: Channel
  readonly to: string
  readonly recipientId: string | null
  readonly notificationId: string | null
  readonly deliveryId: string | null
  readonly collapseId: string | null
  readonly content: string
}

/** One line of the ledger; `at` is the moment of acceptance, RFC 3339 with milliseconds. */
export interface Row extends Entry {
  readonly at: string
}

export function entryOf(provider: Provider, message: Message): Entry {
  const { recipientId, notificationId, deliveryId } = readDeliveryId(message.deliveryId)
  return {
    provider: provider.name,
    channel: provider.channel,
    to: message.to,
    recipientId,
    notificationId,
    deliveryId,
    collapseId: message.collapseId,
    content: message.content,
    ...message.shown,
  }
}
