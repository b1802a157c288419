import { randomUUID } from 'node:crypto'
import { isObject, parseJson } from './json.ts'
import {
  type Answer,
  header,
  jsonAnswer,
  type Message,
  type Provider,
  type ProviderRequest,
  type Verdict,
} from './provider.ts'
import { randomText, type Secrets } from './secrets.ts'
import { gsm7, segments } from './segments.ts'

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const sender = /^(\+?\d{3,15}|[A-Za-z0-9 ]{1,11})$/

interface Problem {
  readonly status: string
  readonly text: string
}

type Field = (name: string) => string | undefined

/** Vonage's SMS API, `POST /sms/json` (and the balance of the account): 200 whatever becomes of the message, and a status for each of its parts. */
export function vonage(secrets: Secrets): Provider {
  const key = secrets('vonage-api-key', () => randomText(8, '0123456789abcdef'))
  const secret = secrets('vonage-api-secret', () => randomText(16, letters))
  const basic = `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`

  function wrongCredentials(request: ProviderRequest, field: Field): Problem | undefined {
    const given = header(request, 'authorization')
    const isOurs = given === undefined ? field('api_key') === key && field('api_secret') === secret : given === basic
    return isOurs ? undefined : { status: '4', text: 'Bad Credentials' }
  }

  /** `GET /account/get-balance`. */
  function balance(request: ProviderRequest): Verdict {
    const refused = wrongCredentials(request, (name) => request.query.get(name) ?? undefined)
    if (refused) return { kind: 'refused', to: [], answer: jsonAnswer(401, { 'error-code': '401' }) }
    return { kind: 'accepted', to: [], answer: jsonAnswer(200, { value: 15.5, autoReload: false }), messages: [] }
  }

  return {
    name: 'vonage',
    channel: 'SMS',
    transport: 'http',
    environment: ({ http }) => ({
      VONAGE_API_KEY: key,
      VONAGE_API_SECRET: secret,
      VONAGE_FROM: 'Carillon',
      VONAGE_URL: http,
    }),
    judge(request) {
      if (request.path === '/account/get-balance' && request.method === 'GET') return balance(request)
      const field = fieldsOf(request)
      const number = field('to') ?? ''
      const to = [`+${number}`]
      if (request.path !== '/sms/json' || request.method !== 'POST') {
        return { kind: 'refused', to, answer: page(404, 'Not Found') }
      }
      const wrong =
        wrongCredentials(request, field) ?? wrongSender(field) ?? wrongRecipient(field) ?? wrongMessage(field)
      if (wrong) return { kind: 'refused', to, answer: refusal(wrong) }
      const message = messageOf(field)
      const parts = Array.from({ length: segments(message.content) }, (_, part) => ({
        to: number,
        'message-id': part === 0 ? message.shown.providerId : randomUUID(),
        status: '0',
        'remaining-balance': '15.53590000',
        'message-price': '0.03330000',
        network: '22801',
      }))
      return { kind: 'accepted', to, answer: answerWith(parts), messages: [message] }
    },
    refuse(kind) {
      switch (kind) {
        case 'throttle': {
          const text = 'Throughput Rate Exceeded - please wait [ 2000 ] and retry'
          return refusal({ status: '1', text }, { 'retry-after': '2' })
        }
        case 'unavailable':
          return page(503, 'Service Unavailable')
        case 'stale_target':
          return refusal({ status: '33', text: 'Number De-activated' })
      }
    },
  }
}

/** Vonage takes a message as JSON and as a form. */
function fieldsOf(request: ProviderRequest): Field {
  const body = request.body.toString()
  if (header(request, 'content-type')?.startsWith('application/json')) {
    const json = parseJson(body)
    return (name) => (isObject(json) && json[name] !== undefined ? String(json[name]) : undefined)
  }
  const form = new URLSearchParams(body)
  return (name) => form.get(name) ?? undefined
}

function wrongSender(field: Field): Problem | undefined {
  const from = field('from')
  if (!from) return { status: '2', text: 'Missing from param' }
  return sender.test(from) ? undefined : { status: '15', text: 'Illegal Sender Address - rejected' }
}

function wrongRecipient(field: Field): Problem | undefined {
  const to = field('to')
  if (!to) return { status: '2', text: 'Missing to param' }
  if (!/^\d+$/.test(to)) return { status: '3', text: 'to address is not numeric' }
  return /^[1-9]\d{6,14}$/.test(to) ? undefined : { status: '6', text: 'Unroutable message - rejected' }
}

function wrongMessage(field: Field): Problem | undefined {
  const [text, ttl, callback] = [field('text'), Number(field('ttl') ?? 259_200_000), field('callback')]
  if (!text) return { status: '2', text: 'Missing text param' }
  if ([...text].length > 3200) return { status: '12', text: 'Message too long' }
  if (!['text', 'unicode'].includes(field('type') ?? 'text')) return { status: '3', text: 'Invalid type param' }
  if (!Number.isInteger(ttl) || ttl < 20_000 || ttl > 604_800_000) return { status: '3', text: 'Invalid ttl param' }
  if ((field('client-ref') ?? '').length > 100) return { status: '3', text: 'Invalid client-ref param' }
  return callback === undefined || (callback.length <= 100 && /^https?:/.test(URL.parse(callback)?.protocol ?? ''))
    ? undefined
    : { status: '23', text: 'Invalid callback' }
}

function messageOf(field: Field): Message {
  const text = field('text') ?? ''
  return {
    to: `+${field('to')}`,
    deliveryId: field('client-ref') ?? null,
    collapseId: null,
    content: field('type') === 'unicode' ? text : gsm7(text),
    shown: { providerId: randomUUID(), from: field('from') },
  }
}

function refusal({ status, text }: Problem, headers: Readonly<Record<string, string>> = {}): Answer {
  return answerWith([{ status, 'error-text': text }], headers)
}

function answerWith(messages: readonly object[], headers: Readonly<Record<string, string>> = {}): Answer {
  return jsonAnswer(200, { 'message-count': String(messages.length), messages }, headers)
}

/** What stands before the API answers with: it knows nothing of messages. */
function page(status: number, title: string): Answer {
  return { status, headers: { 'content-type': 'text/html' }, body: `<html><title>${status} ${title}</title></html>` }
}
