import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { headerOf } from '../exchange.ts'
import { jsonAt, parseJson, textAt } from '../json.ts'
import { codeOf, ourDeliveryId } from '../report-words.ts'
import { malformed, type ReportEvent, stale, unsigned, type Webhook, type WebhookRequest } from '../webhook.ts'

/*
 * SendGrid's Event Webhook, signed: reference/providers.md, section 3.
 */

export interface SendGridWebhookSettings {
  /** The verification key that SendGrid shows: base64 of an SPKI, P-256. */
  readonly publicKey: string
}

const replayWindowMs = 10 * 60_000

export function sendGridWebhook({ publicKey }: SendGridWebhookSettings): Webhook {
  const key = readKey(publicKey)
  return {
    methods: ['POST'],
    // SendGrid sends what has come together in thirty seconds, or 768 KB of it.
    maxBytes: 2 * 1024 ** 2,
    takes: (contentType) => /^application\/json\b/i.test(contentType),
    read(request) {
      const timestamp = headerOf(request.headers, 'x-twilio-email-event-webhook-timestamp') ?? ''
      if (!isSigned(key, timestamp, request)) return unsigned
      if (Math.abs(request.at.getTime() - Number(timestamp) * 1000) > replayWindowMs) return stale
      const events = parseJson(request.body.toString())
      return Array.isArray(events)
        ? { kind: 'events', events: events.flatMap((event) => reportOf(event, request.at)) }
        : malformed
    },
  }
}

export function isSendGridKey(publicKey: string): boolean {
  try {
    readKey(publicKey)
    return true
  } catch {
    return false
  }
}

/** Throws when it is no such key. */
function readKey(publicKey: string): KeyObject {
  const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' })
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new Error('not a key on P-256')
  return key
}

/** ECDSA over the timestamp and the body. A timestamp that is no number is not signed by SendGrid, whatever it says. */
function isSigned(key: KeyObject, timestamp: string, { headers, body }: WebhookRequest): boolean {
  const signature = headerOf(headers, 'x-twilio-email-event-webhook-signature') ?? ''
  if (!/^\d{1,12}$/.test(timestamp) || signature === '') return false
  return verify('sha256', Buffer.concat([Buffer.from(timestamp), body]), key, Buffer.from(signature, 'base64'))
}

/** Nothing for what is not of a delivery of ours, and for what changes nothing (opened, clicked). */
function reportOf(event: unknown, now: Date): readonly ReportEvent[] {
  const deliveryId = ourDeliveryId(textAt(event, 'delivery_id'))
  const eventId = textAt(event, 'sg_event_id')?.slice(0, 100)
  const what = whatHappened(event)
  if (deliveryId === undefined || eventId === undefined || what === undefined) return []
  const { reason, ...report } = what
  const address = textAt(event, 'email')
  const suppress = reason && address !== undefined ? { suppress: { reason, address } } : {}
  return [{ ...report, deliveryId, eventId, at: timeOf(event, now), ...suppress }]
}

type Happened = Pick<ReportEvent, 'kind' | 'code'> & { readonly reason?: 'bounced' | 'complained' }

function whatHappened(event: unknown): Happened | undefined {
  const name = textAt(event, 'event')
  switch (name) {
    case 'processed':
    case 'deferred':
    case 'delivered':
      return { kind: name === 'delivered' ? 'delivered' : 'accepted', code: name }
    case 'bounce':
      // "blocked" is temporary, and says nothing of the address: a full mailbox, a busy server.
      return textAt(event, 'type') === 'blocked'
        ? { kind: 'accepted', code: 'blocked' }
        : { kind: 'bounced', code: codeOf(name, textAt(event, 'status')), reason: 'bounced' }
    case 'dropped':
      return dropped(textAt(event, 'reason') ?? '')
    case 'spamreport':
      return { kind: 'complained', code: name, reason: 'complained' }
    case 'unsubscribe':
      return { kind: 'unsubscribed', code: name }
    default:
      return undefined
  }
}

/** SendGrid has not even tried: the address is on one of its lists, or it did not like the mail. */
function dropped(reason: string): Happened {
  if (/^bounced address/i.test(reason)) return { kind: 'bounced', code: 'dropped', reason: 'bounced' }
  if (/^spam reporting address/i.test(reason)) return { kind: 'failed', code: 'complained', reason: 'complained' }
  const known = /^(unsubscribed address|invalid|spam content|recipient list over package quota)/i.exec(reason)?.[1]
  return { kind: 'failed', code: codeOf('dropped', known) }
}

function timeOf(event: unknown, now: Date): Date {
  const seconds = jsonAt(event, 'timestamp')
  return typeof seconds === 'number' && seconds > 0 ? new Date(Math.min(seconds * 1000, now.getTime())) : now
}
