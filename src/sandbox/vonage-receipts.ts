import { createHmac, randomUUID } from 'node:crypto'
import type { News } from './news.ts'
import { randomText, type Secrets } from './secrets.ts'
import type { Sender } from './sender.ts'

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

export interface VonageReceipts extends Sender {
  readonly signatureSecret: string
}

/** Vonage's delivery receipts: a GET for each, with the parameter `sig` (SHA-256 HMAC). */
export function vonageReceipts(secrets: Secrets): VonageReceipts {
  const signatureSecret = secrets('vonage-signature-secret', () => randomText(48, letters))
  return {
    provider: 'vonage',
    batches: false,
    signatureSecret,
    calls: async (news, now) =>
      news.map((each) => {
        const query = new URLSearchParams(signed(receiptOf(each, now), signatureSecret))
        return { method: 'GET', path: `/webhooks/vonage?${query}`, headers: {}, body: '', news: [each] }
      }),
  }
}

const statuses = {
  accepted: ['accepted', '0'],
  delivered: ['delivered', '0'],
  bounced: ['failed', '9'],
  blocked: ['failed', '2'],
  failed: ['rejected', '6'],
  complained: ['delivered', '0'],
  unsubscribed: ['delivered', '0'],
} as const satisfies Record<News['kind'], readonly [string, string]>

function receiptOf({ kind, to, deliveryId, providerId }: News, now: Date): Readonly<Record<string, string>> {
  const [status, error] = statuses[kind]
  const stamp = now.toISOString()
  return {
    msisdn: to.replace(/^\+/, ''),
    to: 'Carillon',
    'network-code': '22801',
    messageId: providerId,
    price: '0.03330000',
    status,
    scts: stamp.slice(2, 16).replaceAll(/\D/g, ''),
    'err-code': error,
    'message-timestamp': stamp.slice(0, 19).replace('T', ' '),
    timestamp: String(Math.floor(now.getTime() / 1000)),
    nonce: randomUUID(),
    ...(deliveryId === null ? {} : { 'client-ref': deliveryId }),
  }
}

/** https://developer.vonage.com/getting-started/concepts/signing-messages, "Manually generate a signature". */
export function signed(values: Readonly<Record<string, string>>, secret: string): Readonly<Record<string, string>> {
  const text = Object.keys(values)
    .toSorted()
    .map((name) => `&${name}=${(values[name] ?? '').replaceAll(/[&=]/g, '_')}`)
    .join('')
  return { ...values, sig: createHmac('sha256', secret).update(text).digest('hex') }
}
