import { headerOf } from '../exchange.ts'
import { parseJson } from '../json.ts'
import { codeOf, ourDeliveryId } from '../report-words.ts'
import {
  malformed,
  type ProviderEvent,
  type ReportEvent,
  stale,
  unsigned,
  type Webhook,
  type WebhookReading,
  type WebhookRequest,
} from '../webhook.ts'
import { replyWord } from './reply-word.ts'
import { checkVonageSig, checkVonageToken, type Verdict } from './vonage-signature.ts'

/*
 * What Vonage's SMS API tells us: delivery receipts and replies, by GET or POST, in a query, a form or JSON.
 * reference/providers.md, section 6.
 */

export interface VonageWebhookSettings {
  /** Of the account: signs the parameter `sig`, or the token in the header Authorization. */
  readonly signatureSecret: string
}

export function vonageWebhook({ signatureSecret }: VonageWebhookSettings): Webhook {
  async function read(request: WebhookRequest): Promise<WebhookReading> {
    const values = valuesOf(request)
    if (values === undefined) return malformed
    const verdict = await check(request, values)
    if (verdict !== 'signed') return verdict === 'stale' ? stale : unsigned
    const events = readVonageValues(values, request.at)
    return events === undefined ? malformed : { kind: 'events', events }
  }

  async function check(request: WebhookRequest, values: Values): Promise<Verdict> {
    const token = /^Bearer (\S+)$/i.exec(headerOf(request.headers, 'authorization') ?? '')?.[1]
    // A token says nothing of a query.
    if (token === undefined || request.method === 'GET') return checkVonageSig(signatureSecret, values, request.at)
    return checkVonageToken(signatureSecret, token, request.body, request.at)
  }

  return {
    methods: ['GET', 'POST'],
    maxBytes: 64 * 1024,
    takes: (contentType) => /^application\/(json|x-www-form-urlencoded)\b/i.test(contentType),
    read,
  }
}

type Values = Readonly<Record<string, string>>

/** Undefined for JSON that is no object of texts and numbers. */
function valuesOf({ method, url, headers, body }: WebhookRequest): Values | undefined {
  if (method === 'GET') return Object.fromEntries(new URL(url, 'http://localhost').searchParams)
  const text = body.toString()
  if (!/json/i.test(headerOf(headers, 'content-type') ?? '')) return Object.fromEntries(new URLSearchParams(text))
  const json = parseJson(text)
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined
  const entries = Object.entries(json)
  return entries.every(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
    ? Object.fromEntries(entries.map(([name, value]) => [name, String(value)]))
    : undefined
}

/** Undefined where it is no webhook of a message. Only for what Vonage has signed. */
function readVonageValues(values: Values, now: Date): readonly ProviderEvent[] | undefined {
  const messageId = values['messageId'] ?? ''
  if (!/^[\w-]{8,64}$/.test(messageId)) return undefined
  return values['status'] === undefined ? replyOf(values, messageId) : receiptOf(values, messageId, now)
}

function replyOf(values: Values, messageId: string): readonly ProviderEvent[] {
  const word = replyWord(values['text'] ?? '')
  return word === undefined ? [] : [{ kind: 'reply', messageId, from: e164(values['msisdn']), word }]
}

const kinds: Readonly<Record<string, ReportEvent['kind']>> = {
  accepted: 'accepted',
  buffered: 'accepted',
  delivered: 'delivered',
  expired: 'failed',
  failed: 'failed',
  rejected: 'failed',
}

/** Absent for good, and a number that is none; the other codes say nothing of the number. */
const deadNumbers: ReadonlySet<string> = new Set(['3', '9'])

/** Nothing for `unknown`: Vonage itself does not know. */
function receiptOf(values: Values, messageId: string, now: Date): readonly ProviderEvent[] {
  const deliveryId = ourDeliveryId(values['client-ref'])
  const status = values['status'] ?? ''
  const kind = Object.hasOwn(kinds, status) ? kinds[status] : undefined
  if (deliveryId === undefined || kind === undefined) return []
  const error = /^[1-9]\d{0,2}$/.exec(values['err-code'] ?? '')?.[0] ?? ''
  const report = { deliveryId, at: now, eventId: `${messageId}.${status}`, code: codeOf(status, error) }
  return kind === 'failed' && deadNumbers.has(error)
    ? [{ ...report, kind: 'bounced', suppress: { reason: 'bounced', address: e164(values['msisdn']) } }]
    : [{ ...report, kind }]
}

/** Vonage writes numbers without the plus sign. */
function e164(number: string | undefined): string {
  return `+${(number ?? '').replace(/^\+/, '')}`
}
