import { createHash } from 'node:crypto'
import { type Channel, channels } from './words.ts'

/*
 * Every id is a function of what it names, and can be read back. A notification's ULID is its time; everything that
 * belongs to it carries that ULID. User and device ids are the caller's own and never contain "~".
 */

const ulidPattern = '[0-9a-hjkmnp-tv-z]{26}'
const notificationPattern = new RegExp(`^ntf_(${ulidPattern})$`)
const campaignPattern = new RegExp(`^cmp_${ulidPattern}$`)
const deliveryPattern = new RegExp(`^dlv_(${ulidPattern})~(inapp|push|email|sms)~(.+)$`)
const inboxItemPattern = new RegExp(`^inb_(${ulidPattern})~(.+)$`)
const deadLetterPattern = new RegExp(`^ded_(${ulidPattern})(?:~(inapp|push|email|sms)(?:~(.+))?)?$`)

export interface DeliveryKey {
  readonly notificationId: string
  readonly channel: Channel
  readonly recipientId: string
}

/**
 * What a dead letter is about: a delivery; without a recipient, a slice that nobody can read; without a channel either, a
 * notification that cannot be expanded.
 */
export interface DeadLetterKey {
  readonly notificationId: string
  readonly channel: Channel | null
  readonly recipientId: string | null
}

export interface InboxItemKey {
  readonly notificationId: string
  readonly userId: string
}

const channelWord = { IN_APP: 'inapp', PUSH: 'push', EMAIL: 'email', SMS: 'sms' } as const satisfies Record<
  Channel,
  string
>

export function notificationId(ulid: string): string {
  return `ntf_${ulid.toLowerCase()}`
}

export function isNotificationId(id: string): boolean {
  return notificationPattern.test(id)
}

export function campaignId(ulid: string): string {
  return `cmp_${ulid.toLowerCase()}`
}

export function isCampaignId(id: string): boolean {
  return campaignPattern.test(id)
}

export function deliveryId({ notificationId, channel, recipientId }: DeliveryKey): string {
  return `dlv_${notificationId.slice(4)}~${channelWord[channel]}~${recipientId}`
}

export function parseDeliveryId(id: string): DeliveryKey | undefined {
  return deliveryKey(deliveryPattern.exec(id))
}

export function deadLetterId({ notificationId, channel, recipientId }: DeadLetterKey): string {
  const parts = [`ded_${notificationId.slice(4)}`, channel && channelWord[channel], recipientId]
  return parts.filter((part) => part !== null).join('~')
}

export function parseDeadLetterId(id: string): DeadLetterKey | undefined {
  const [, ulid, word, recipientId = null] = deadLetterPattern.exec(id) ?? []
  const channel = channels.find((each) => channelWord[each] === word) ?? null
  return ulid ? { notificationId: `ntf_${ulid}`, channel, recipientId } : undefined
}

export function inboxItemId({ notificationId, userId }: InboxItemKey): string {
  return `inb_${notificationId.slice(4)}~${userId}`
}

export function parseInboxItemId(id: string): InboxItemKey | undefined {
  const [, ulid, userId] = inboxItemPattern.exec(id) ?? []
  return ulid && userId ? { notificationId: `ntf_${ulid}`, userId } : undefined
}

/** The n-th slice of a page on a channel. */
export function sliceId(notificationId: string, page: number, channel: Channel, n: number): string {
  return `slc_${notificationId.slice(4)}~${page}~${channelWord[channel]}~${n}`
}

/** The n-th slice that goes on from a slice that has closed. Hashed: a chain of retries must not grow its ids. */
export function childSliceId(parentId: string, n: number): string {
  const ulid = parentId.slice(4, 30)
  return `slc_${ulid}~${digest(`${parentId}~${n}`)}`
}

/** The slice in which these dead letters, as they were written then, are tried again. */
export function redrivenSliceId(
  notificationId: string,
  letters: readonly (DeadLetterKey & { readonly at: Date })[],
): string {
  const named = letters.map((letter) => `${deadLetterId(letter)}@${letter.at.toISOString()}`)
  return `slc_${notificationId.slice(4)}~${digest(named.join(' '))}`
}

/** At most 64 bytes, as APNs demands; the same for every attempt at a delivery. */
export function collapseId(key: DeliveryKey, collapseKey: string | undefined, callerId: string): string {
  return collapseKey === undefined ? digest(deliveryId(key)) : digest(`${callerId}~${collapseKey}~${key.recipientId}`)
}

function deliveryKey(match: RegExpExecArray | null): DeliveryKey | undefined {
  const [, ulid, word, recipientId] = match ?? []
  const channel = channels.find((each) => channelWord[each] === word)
  return ulid && channel && recipientId ? { notificationId: `ntf_${ulid}`, channel, recipientId } : undefined
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 32)
}
