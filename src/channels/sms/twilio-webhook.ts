import { validateRequest } from 'twilio/lib/webhooks/webhooks.js'
import { headerOf } from '../exchange.ts'
import { codeOf, ourDeliveryId } from '../report-words.ts'
import { malformed, type ProviderEvent, type ReportEvent, unsigned, type Webhook } from '../webhook.ts'
import { replyWord } from './reply-word.ts'

/*
 * What Twilio tells us: replies to our messages, and what became of these. reference/providers.md, section 5.
 */

export interface TwilioWebhookSettings {
  readonly authToken: string
  /** Where Twilio believes the gateway to be, without a slash at its end: it signs that. */
  readonly publicUrl: string
}

export function twilioWebhook({ authToken, publicUrl }: TwilioWebhookSettings): Webhook {
  return {
    methods: ['POST'],
    // A dozen short fields; a message has at most 1,600 characters.
    maxBytes: 64 * 1024,
    takes: (contentType) => /^application\/x-www-form-urlencoded\b/i.test(contentType),
    read({ url, headers, body, at }) {
      const form = new URLSearchParams(body.toString())
      const signature = headerOf(headers, 'x-twilio-signature') ?? ''
      // The address as we have told it to Twilio: the Host header is whatever a proxy, or anybody, has made of it.
      if (!isSignedByTwilio(authToken, signature, publicUrl + url, form)) return unsigned
      const events = readTwilioForm(form, new URL(url, publicUrl).searchParams, at)
      return events === undefined ? malformed : { kind: 'events', events }
    },
  }
}

/**
 * Whether Twilio has signed this form for this address (the public one, with its query), with or without the default
 * port. Compares in constant time. Twilio signs no time: a form that comes again is known by its message's id.
 */
export function isSignedByTwilio(authToken: string, signature: string, url: string, form: URLSearchParams): boolean {
  return validateRequest(authToken, signature, url, valuesOf(form))
}

/** Undefined where it is no webhook of a message. Only for what Twilio has signed, the query included. */
export function readTwilioForm(
  form: URLSearchParams,
  query: URLSearchParams,
  at: Date,
): readonly ProviderEvent[] | undefined {
  const messageId = form.get('MessageSid') ?? ''
  if (!/^[A-Z]{2}[0-9a-f]{32}$/i.test(messageId)) return undefined
  const status = form.get('MessageStatus')
  return status === null ? replyOf(form, messageId) : statusOf(form, messageId, status, query.get('delivery'), at)
}

/** With advanced opt-out Twilio has decided, by the keywords of the account; what it says holds over the text. */
function replyOf(form: URLSearchParams, messageId: string): readonly ProviderEvent[] {
  const word = replyWord(form.get('OptOutType') || (form.get('Body') ?? ''))
  return word === undefined ? [] : [{ kind: 'reply', messageId, from: form.get('From') ?? '', word }]
}

const kinds: Readonly<Record<string, ReportEvent['kind']>> = {
  accepted: 'accepted',
  queued: 'accepted',
  sending: 'accepted',
  sent: 'accepted',
  delivered: 'delivered',
  read: 'delivered',
  undelivered: 'failed',
  failed: 'failed',
  canceled: 'failed',
}

/** Numbers that are none (any more), and one whose owner has answered STOP. The other codes say nothing of the number. */
const numberErrors: Readonly<Record<string, 'bounced' | 'stopped'>> = {
  21211: 'bounced',
  21614: 'bounced',
  30005: 'bounced',
  30006: 'bounced',
  21610: 'stopped',
}

function statusOf(
  form: URLSearchParams,
  messageId: string,
  status: string,
  delivery: string | null,
  at: Date,
): readonly ProviderEvent[] {
  const deliveryId = ourDeliveryId(delivery)
  const kind = Object.hasOwn(kinds, status) ? kinds[status] : undefined
  if (deliveryId === undefined || kind === undefined) return []
  const error = /^\d{1,6}$/.exec(form.get('ErrorCode') ?? '')?.[0] ?? ''
  const report = { deliveryId, at, eventId: `${messageId}.${status}`, code: codeOf(status, error) }
  const reason = kind === 'failed' && Object.hasOwn(numberErrors, error) ? numberErrors[error] : undefined
  const address = form.get('To')
  if (reason === undefined || address === null) return [{ ...report, kind }]
  return [{ ...report, kind: reason === 'bounced' ? 'bounced' : kind, suppress: { reason, address } }]
}

function valuesOf(form: URLSearchParams): Record<string, readonly string[]> {
  return Object.fromEntries([...new Set(form.keys())].map((name) => [name, form.getAll(name)]))
}
