import { randomBytes } from 'node:crypto'
import { at, isObject, isText, listAt, parseJson, textAt } from './json.ts'
import { mailMessage } from './mail-message.ts'
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
import { invalidAddress, mailProblems, type Problem, problem } from './sendgrid-mail.ts'

const maxBytes = 30 * 1024 * 1024
const base64url = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** SendGrid v3 `mail/send` and `scopes`. */
export function sendgrid(secrets: Secrets): Provider {
  const key = secrets('sendgrid-api-key', () => `SG.${randomText(22, base64url)}.${randomText(43, base64url)}`)

  function wrongKey(request: ProviderRequest): Answer | undefined {
    const given = /^Bearer (\S+)$/i.exec(header(request, 'authorization') ?? '')?.[1]
    if (given === undefined) return errors(401, [problem('Permission denied, wrong credentials', null)])
    if (given === key) return undefined
    return errors(401, [problem('The provided authorization grant is invalid, expired, or revoked', null)])
  }

  /** `GET /v3/scopes`: what the key may do. */
  function scopes(request: ProviderRequest): Verdict {
    const refused = request.method === 'GET' ? wrongKey(request) : errors(405, [problem('method not allowed', null)])
    if (refused) return { kind: 'refused', to: [], answer: refused }
    return { kind: 'accepted', to: [], answer: jsonAnswer(200, { scopes: ['mail.send'] }), messages: [] }
  }

  return {
    name: 'sendgrid',
    channel: 'EMAIL',
    transport: 'http',
    environment: ({ http }) => ({ SENDGRID_API_KEY: key, SENDGRID_URL: http }),
    judge(request, now) {
      if (request.path === '/v3/scopes') return scopes(request)
      const mail = parseJson(request.body.toString())
      const to = listAt(mail, 'personalizations').flatMap(recipientsOf)
      const refused = wrongRequest(request) ?? wrongKey(request) ?? wrongBody(mail, now)
      if (refused) return { kind: 'refused', to, answer: refused }
      if (at(mail, 'mail_settings', 'sandbox_mode', 'enable') === true) {
        return { kind: 'accepted', to, answer: { status: 200, headers: {}, body: '' }, messages: [] }
      }
      const id = randomBytes(16).toString('base64url')
      return {
        kind: 'accepted',
        to,
        answer: { status: 202, headers: { 'x-message-id': id }, body: '' },
        messages: listAt(mail, 'personalizations').flatMap((each) => messagesOf(mail, each, id)),
      }
    },
    refuse(kind, request, now, to) {
      switch (kind) {
        case 'throttle':
          return errors(429, [problem('too many requests', null)], {
            'retry-after': '2',
            'x-ratelimit-limit': '600',
            'x-ratelimit-remaining': '0',
            'x-ratelimit-reset': String(Math.ceil(now.getTime() / 1000) + 2),
          })
        case 'unavailable':
          return errors(503, [problem('Service Unavailable', null)])
        case 'stale_target':
          return errors(400, [invalidAddress(`personalizations.${personalizationOf(request, to)}.to`)])
      }
    },
  }
}

function wrongRequest(request: ProviderRequest): Answer | undefined {
  if (request.path !== '/v3/mail/send') return errors(404, [problem('not found', null)])
  if (request.method !== 'POST') return errors(405, [problem('method not allowed', null)])
  if (request.body.length > maxBytes)
    return errors(413, [problem('The JSON payload you have included in your request is too large.', null)])
  if (!/^application\/json\b/i.test(header(request, 'content-type') ?? '')) {
    return errors(415, [problem('Content-Type should be application/json.', null)])
  }
  return undefined
}

function wrongBody(mail: unknown, now: Date): Answer | undefined {
  if (!isObject(mail)) return errors(400, [problem('Bad Request', null)])
  const problems = mailProblems(mail, now)
  return problems.length === 0 ? undefined : errors(400, problems)
}

function messagesOf(mail: unknown, personalization: unknown, id: string): readonly Message[] {
  const fill = substitution(at(personalization, 'substitutions'))
  const part = (type: string) => {
    const block = listAt(mail, 'content').find((each) => textAt(each, 'type') === type)
    const value = textAt(block, 'value')
    return value === undefined ? undefined : fill(value)
  }
  const subject = fill(textAt(personalization, 'subject') ?? textAt(mail, 'subject') ?? '')
  const [text, html] = [part('text/plain'), part('text/html')]
  const deliveryId =
    textAt(personalization, 'custom_args', 'delivery_id') ?? textAt(mail, 'custom_args', 'delivery_id') ?? null
  const headers = { ...headersAt(mail), ...headersAt(personalization) }
  return recipientsOf(personalization).map((to) =>
    mailMessage(to, { deliveryId, providerId: id, from: senderOf(mail), subject, text, html, headers }),
  )
}

function recipientsOf(personalization: unknown): readonly string[] {
  return listAt(personalization, 'to')
    .map((entry) => textAt(entry, 'email'))
    .filter(isText)
}

function senderOf(mail: unknown): string | undefined {
  const [name, email] = [textAt(mail, 'from', 'name'), textAt(mail, 'from', 'email')]
  return name === undefined ? email : `${name} <${email}>`
}

function headersAt(value: unknown): Record<string, string> {
  const headers = at(value, 'headers')
  return Object.fromEntries(
    Object.entries(isObject(headers) ? headers : {}).map(([name, text]) => [name.toLowerCase(), String(text)]),
  )
}

function substitution(values: unknown): (text: string) => string {
  const pairs = Object.entries(isObject(values) ? values : {})
  return (text) => pairs.reduce((filled, [key, value]) => filled.replaceAll(key, String(value)), text)
}

/** The index of the personalization that holds an address; the first one when no address is singled out. */
function personalizationOf(request: ProviderRequest, to: string | null): number {
  const wanted = to?.toLowerCase()
  const index = listAt(parseJson(request.body.toString()), 'personalizations').findIndex((each) =>
    recipientsOf(each).some((email) => email.toLowerCase() === wanted),
  )
  return Math.max(index, 0)
}

function errors(status: number, problems: readonly Problem[], headers: Readonly<Record<string, string>> = {}): Answer {
  return jsonAnswer(status, { errors: problems }, headers)
}
