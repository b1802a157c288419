import { log } from '../../log.ts'
import { jsonAt, listAt, parseJson, textAt } from '../json.ts'
import { codeOf, ourDeliveryId } from '../report-words.ts'
import {
  malformed,
  type ReportEvent,
  stale,
  unsigned,
  type Webhook,
  type WebhookReading,
  type WebhookRequest,
} from '../webhook.ts'
import { type FetchText, fetchText as fetchPublicly } from './fetch-text.ts'
import { isAmazonSns, isStandIn } from './sns-address.ts'
import { isSignedBySns, readSnsMessage, type SnsMessage, snsCertificates } from './sns-message.ts'

/*
 * Events of Amazon SES, published to a topic of SNS that posts them to us: reference/providers.md, section 4.
 */

export interface SesWebhookSettings {
  /** The one topic whose messages are taken. */
  readonly topicArn: string
  /** Where the sandbox has its certificate; left out: at Amazon's addresses only. */
  readonly certificateUrl?: string | undefined
}

/** SNS tries again for an hour at most. */
const replayWindowMs = 70 * 60_000

export function sesWebhook(
  { topicArn, certificateUrl }: SesWebhookSettings,
  fetchText: FetchText = fetchPublicly,
): Webhook {
  const isSns = certificateUrl === undefined ? isAmazonSns : isStandIn(certificateUrl)
  const certificates = snsCertificates(isSns, fetchText)

  /** Only SNS itself may be told that we want its messages. */
  async function confirm({ subscribeUrl }: SnsMessage): Promise<WebhookReading> {
    if (subscribeUrl === undefined || !isSns(subscribeUrl)) return unsigned
    await fetchText(subscribeUrl)
    log.info({ topicArn }, 'subscribed to the topic of SES events')
    return { kind: 'events', events: [] }
  }

  async function read({ body, at }: WebhookRequest): Promise<WebhookReading> {
    const message = readSnsMessage(body)
    if (message === undefined) return malformed
    if (message.topicArn !== topicArn || !(await isSignedBySns(message, certificates, at))) return unsigned
    if (Math.abs(at.getTime() - message.at.getTime()) > replayWindowMs) return stale
    switch (message.type) {
      case 'Notification':
        return { kind: 'events', events: reportsOf(message) }
      case 'SubscriptionConfirmation':
        return confirm(message)
      case 'UnsubscribeConfirmation':
        log.warn({ topicArn }, 'the topic of SES events was unsubscribed: nothing is heard of mail from now on')
        return { kind: 'events', events: [] }
    }
  }

  return {
    methods: ['POST'],
    // 256 KB of message, as JSON within JSON.
    maxBytes: 1024 ** 2,
    takes: (contentType) => /^(text\/plain|application\/json)\b/i.test(contentType),
    read: (request) =>
      read(request).catch((error: unknown) => {
        log.warn({ err: error }, 'Amazon SNS could not be asked')
        return { kind: 'unavailable' }
      }),
  }
}

/** One for each address that an event is of; nothing for mail that is not ours. */
function reportsOf({ id, message, at }: SnsMessage): readonly ReportEvent[] {
  const event = parseJson(message)
  const deliveryId = deliveryIdOf(event)
  const what = whatHappened(event)
  if (deliveryId === undefined || what === undefined) return []
  const { kind, code, detail, reason, recipients } = what
  const when = new Date(textAt(event, detail, 'timestamp') ?? '')
  const report = { kind, code, deliveryId, eventId: id, at: when <= at ? when : at }
  const addresses = recipients === undefined ? [] : listAt(event, detail, recipients).map(addressOf)
  if (reason === undefined || addresses.length === 0) return [report]
  return addresses.map((address) => ({ ...report, ...(address !== undefined && { suppress: { reason, address } }) }))
}

interface Happened extends Pick<ReportEvent, 'kind' | 'code'> {
  /** The field of the event that tells about it. */
  readonly detail: string
  readonly reason?: 'bounced' | 'complained'
  /** The field, within that, of those whom it befell. */
  readonly recipients?: string
}

/** Undefined for what changes nothing: opened, clicked. Events of a configuration set, or of an identity. */
function whatHappened(event: unknown): Happened | undefined {
  switch (textAt(event, 'eventType') ?? textAt(event, 'notificationType')) {
    case 'Send':
      return { kind: 'accepted', code: 'send', detail: 'send' }
    case 'DeliveryDelay':
      return { kind: 'accepted', code: 'delivery_delay', detail: 'deliveryDelay' }
    case 'Delivery':
      return { kind: 'delivered', code: 'delivery', detail: 'delivery' }
    case 'Reject':
      return { kind: 'failed', code: 'rejected', detail: 'reject' }
    case 'Rendering Failure':
      return { kind: 'failed', code: 'rendering_failure', detail: 'failure' }
    case 'Bounce':
      return bounced(event)
    case 'Complaint':
      return complained(event)
    case 'Subscription':
      return jsonAt(event, 'subscription', 'newTopicPreferences', 'unsubscribeAll') === true
        ? { kind: 'unsubscribed', code: 'subscription', detail: 'subscription' }
        : undefined
    default:
      return undefined
  }
}

/** Transient and undetermined ones say nothing of the address: a full mailbox, a mail that is too large. */
function bounced(event: unknown): Happened {
  const code = codeOf('bounce', textAt(event, 'bounce', 'bounceSubType'))
  return textAt(event, 'bounce', 'bounceType') === 'Permanent'
    ? { kind: 'bounced', code, detail: 'bounce', reason: 'bounced', recipients: 'bouncedRecipients' }
    : { kind: 'accepted', code, detail: 'bounce' }
}

/** SES has not even sent it where the address is on its own list of those who have complained. */
function complained(event: unknown): Happened {
  const listed = textAt(event, 'complaint', 'complaintSubType') === 'OnAccountSuppressionList'
  const what = listed
    ? ({ kind: 'failed', code: 'complained' } as const)
    : ({ kind: 'complained', code: 'complaint' } as const)
  return { ...what, detail: 'complaint', reason: 'complained', recipients: 'complainedRecipients' }
}

/** Tags hold letters, digits, "_" and "-" only: a delivery id is in there as base64url. */
function deliveryIdOf(event: unknown): string | undefined {
  const tag = textAt(event, 'mail', 'tags', 'delivery_id', '0')
  return tag === undefined ? undefined : ourDeliveryId(Buffer.from(tag, 'base64url').toString())
}

/** "Ada <ada@example.com>" or the address alone. */
function addressOf(recipient: unknown): string | undefined {
  const text = textAt(recipient, 'emailAddress')
  return text === undefined ? undefined : (/<([^<>]+)>\s*$/.exec(text)?.[1] ?? text)
}
