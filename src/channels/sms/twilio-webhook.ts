import { validateRequest } from 'twilio/lib/webhooks/webhooks.js'
import { parseDeliveryId } from '../../domain/ids.ts'

/*
 * What Twilio tells us: replies to our messages, and what became of these. reference/providers.md, section 5.
 */

export type TwilioEvent =
  /** Whoever has this number wants no more SMS, or wants them again. */
  | { readonly kind: 'reply'; readonly messageId: string; readonly from: string; readonly word: 'stop' | 'start' }
  | {
      readonly kind: 'status'
      readonly messageId: string
      readonly deliveryId: string
      readonly status: string
      readonly errorCode: string | null
    }
  /** Twilio's, but nothing that we go by. */
  | { readonly kind: 'other' }

/**
 * Whether Twilio has signed this form for this address (the public one, with its query), with or without the default
 * port. Compares in constant time.
 */
export function isSignedByTwilio(authToken: string, signature: string, url: string, form: URLSearchParams): boolean {
  return validateRequest(authToken, signature, url, valuesOf(form))
}

/** Undefined where it is no webhook of a message. Only for what Twilio has signed, the query included. */
export function readTwilioWebhook(form: URLSearchParams, query: URLSearchParams): TwilioEvent | undefined {
  const messageId = form.get('MessageSid') ?? ''
  if (!/^[A-Z]{2}[0-9a-f]{32}$/i.test(messageId)) return undefined
  const status = form.get('MessageStatus')
  return status === null ? replyOf(form, messageId) : statusOf(form, messageId, status, query.get('delivery') ?? '')
}

const stopWords = new Set(['STOP', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'REVOKE', 'OPTOUT'])
const startWords = new Set(['START', 'YES', 'UNSTOP'])

function replyOf(form: URLSearchParams, messageId: string): TwilioEvent {
  const word = wordOf(form.get('OptOutType'), form.get('Body') ?? '')
  const from = form.get('From') ?? ''
  return word === undefined ? { kind: 'other' } : { kind: 'reply', messageId, from, word }
}

/** With advanced opt-out Twilio has decided, by the keywords of the account; what it says holds over the text. */
function wordOf(optOutType: string | null, body: string): 'stop' | 'start' | undefined {
  const word = optOutType?.toUpperCase() || keyword(body)
  if (stopWords.has(word)) return 'stop'
  return startWords.has(word) ? 'start' : undefined
}

/** People write "Stop.", "opt-out" and "STOP ALL". A keyword among other words is none. */
function keyword(body: string): string {
  return body.replaceAll(/[\s\p{P}\p{S}\p{Cf}]+/gu, '').toUpperCase()
}

function statusOf(form: URLSearchParams, messageId: string, status: string, deliveryId: string): TwilioEvent {
  if (parseDeliveryId(deliveryId) === undefined || !/^[a-z_]{1,32}$/.test(status)) return { kind: 'other' }
  const code = form.get('ErrorCode') ?? ''
  return { kind: 'status', messageId, deliveryId, status, errorCode: /^\d{1,6}$/.test(code) ? code : null }
}

function valuesOf(form: URLSearchParams): Record<string, readonly string[]> {
  return Object.fromEntries([...new Set(form.keys())].map((name) => [name, form.getAll(name)]))
}
