import { createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import type { News } from './news.ts'
import type { Secrets } from './secrets.ts'
import type { Sender, WebhookCall } from './sender.ts'

const mostEvents = 500

export interface SendGridEvents extends Sender {
  /** Base64 of an SPKI, as SendGrid shows it. */
  readonly publicKey: string
}

/** SendGrid's Event Webhook: arrays of events, signed with ECDSA on P-256. */
export function sendgridEvents(secrets: Secrets): SendGridEvents {
  const key = createPrivateKey(secrets('sendgrid-webhook-key', makeKey))

  function call(news: readonly News[], now: Date): WebhookCall {
    const timestamp = String(Math.floor(now.getTime() / 1000))
    const body = JSON.stringify(news.map((each) => eventOf(each, now)))
    return {
      method: 'POST',
      path: '/webhooks/sendgrid',
      headers: {
        'content-type': 'application/json;charset=utf-8',
        'x-twilio-email-event-webhook-signature': sign('sha256', Buffer.from(timestamp + body), key).toString('base64'),
        'x-twilio-email-event-webhook-timestamp': timestamp,
      },
      body,
      news,
    }
  }

  return {
    provider: 'sendgrid',
    batches: true,
    publicKey: createPublicKey(key).export({ format: 'der', type: 'spki' }).toString('base64'),
    async calls(news, now) {
      const count = Math.ceil(news.length / mostEvents)
      return Array.from({ length: count }, (_, n) => call(news.slice(n * mostEvents, (n + 1) * mostEvents), now))
    },
  }
}

function makeKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
}

function eventOf({ kind, to, deliveryId, providerId }: News, now: Date): object {
  return {
    email: to,
    timestamp: Math.floor(now.getTime() / 1000),
    'smtp-id': `<${providerId}@geopod-ismtpd-1>`,
    sg_event_id: Buffer.from(randomUUID()).toString('base64url'),
    sg_message_id: `${providerId}.recvd-1.0`,
    ...(deliveryId === null ? {} : { delivery_id: deliveryId }),
    ...words[kind],
  }
}

const words = {
  accepted: { event: 'processed' },
  delivered: { event: 'delivered', response: '250 OK' },
  bounced: { event: 'bounce', type: 'bounce', status: '5.1.1', reason: '550 5.1.1 The account does not exist' },
  blocked: { event: 'bounce', type: 'blocked', status: '4.2.2', reason: '452 4.2.2 The mailbox is full' },
  complained: { event: 'spamreport' },
  unsubscribed: { event: 'unsubscribe' },
  failed: { event: 'dropped', reason: 'Spam Content' },
} as const satisfies Record<News['kind'], object>
