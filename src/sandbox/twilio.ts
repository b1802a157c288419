import { randomBytes } from 'node:crypto'
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
import { listAnswer, listFilter, messageResource } from './twilio-message.ts'

const hex = '0123456789abcdef'
const e164 = /^\+[1-9]\d{6,14}$/
const sender = /^(\+?\d{3,15}|[A-Za-z0-9 ]{1,11})$/

export function twilioSecrets(secrets: Secrets): { readonly sid: string; readonly token: string } {
  return {
    sid: secrets('twilio-account-sid', () => `AC${randomText(32, hex)}`),
    token: secrets('twilio-auth-token', () => randomText(32, hex)),
  }
}

/** Twilio Programmable Messaging, `POST` and `GET …/Messages.json`, and its account. */
export function twilio(secrets: Secrets): Provider {
  const { sid, token } = twilioSecrets(secrets)
  const credentials = `Basic ${Buffer.from(`${sid}:${token}`).toString('base64')}`
  const path = `/2010-04-01/Accounts/${sid}/Messages.json`

  function wrongCredentials(request: ProviderRequest): Answer | undefined {
    return header(request, 'authorization') === credentials ? undefined : failure(401, 20003, 'Authenticate')
  }

  /** `GET …/Accounts/<sid>.json` */
  function account(request: ProviderRequest): Verdict {
    const refused =
      wrongCredentials(request) ?? (request.method === 'GET' ? undefined : failure(405, 20004, 'Method not allowed'))
    if (refused) return { kind: 'refused', to: [], answer: refused }
    const answer = jsonAnswer(200, { sid, friendly_name: 'Carillon', status: 'active', type: 'Full' })
    return { kind: 'accepted', to: [], answer, messages: [] }
  }

  function wrongRequest(request: ProviderRequest): Answer | undefined {
    const refused = wrongCredentials(request)
    if (refused) return refused
    if (request.path !== path) return failure(404, 20404, `The requested resource ${request.path} was not found`)
    return ['GET', 'POST'].includes(request.method) ? undefined : failure(405, 20004, 'Method not allowed')
  }

  return {
    name: 'twilio',
    channel: 'SMS',
    transport: 'http',
    environment: ({ http }) => ({
      TWILIO_ACCOUNT_SID: sid,
      TWILIO_AUTH_TOKEN: token,
      TWILIO_FROM: '+15005550006',
      TWILIO_URL: http,
    }),
    list(request) {
      if (request.method !== 'GET' || wrongRequest(request) !== undefined) return undefined
      const to = request.query.get('To')
      return {
        to: to === null ? [] : [to],
        filter: listFilter(request.query),
        answer: (rows) => jsonAnswer(200, listAnswer(rows, request.query, sid)),
      }
    },
    judge(request, now) {
      if (request.path === `/2010-04-01/Accounts/${sid}.json`) return account(request)
      const form = new URLSearchParams(request.body.toString())
      const to = form.get('To') ?? ''
      const refused = wrongRequest(request) ?? wrongForm(form)
      if (refused) return { kind: 'refused', to: [to], answer: refused }
      const messageSid = `SM${randomBytes(16).toString('hex')}`
      return {
        kind: 'accepted',
        to: [to],
        answer: jsonAnswer(
          201,
          messageResource({
            accountSid: sid,
            sid: messageSid,
            to,
            from: form.get('From'),
            serviceSid: form.get('MessagingServiceSid'),
            body: form.get('Body') ?? '',
            status: form.has('MessagingServiceSid') ? 'accepted' : 'queued',
            created: now,
            sent: null,
          }),
        ),
        messages: [messageOf(form, messageSid)],
      }
    },
    refuse(kind, _request, _now, to) {
      switch (kind) {
        case 'throttle':
          return failure(429, 20429, 'Too Many Requests', { 'retry-after': '2' })
        case 'unavailable':
          return failure(503, 20503, 'Service is unavailable. Please try again')
        case 'stale_target':
          return invalidTo(to ?? '')
      }
    },
  }
}

function wrongForm(form: URLSearchParams): Answer | undefined {
  const [to, from, body] = [form.get('To'), form.get('From'), form.get('Body') ?? '']
  const service = form.get('MessagingServiceSid')
  if (!to) return failure(400, 21604, "A 'To' phone number is required.")
  if (!e164.test(to)) return invalidTo(to)
  if (!from && !service) return failure(400, 21603, "A 'From' phone number is required.")
  if (from && !sender.test(from)) return failure(400, 21212, `Invalid 'From' Phone Number: ${from}`)
  if (service && !/^MG[0-9a-f]{32}$/i.test(service)) return failure(400, 21701, 'The Messaging Service does not exist.')
  if (body === '' && !form.has('MediaUrl')) return failure(400, 21602, 'Message body is required.')
  if ([...body].length > 1600)
    return failure(400, 21617, 'The concatenated message body exceeds the 1600 character limit')
  return wrongStatusCallback(form.get('StatusCallback')) ?? wrongValidity(form.get('ValidityPeriod'))
}

function wrongStatusCallback(url: string | null): Answer | undefined {
  return url === null || /^https?:/.test(URL.parse(url)?.protocol ?? '')
    ? undefined
    : failure(400, 21609, `The 'StatusCallback' URL ${url} is not a valid URL.`)
}

function wrongValidity(period: string | null): Answer | undefined {
  const seconds = Number(period ?? 36_000)
  return Number.isInteger(seconds) && seconds >= 1 && seconds <= 36_000
    ? undefined
    : failure(400, 20001, "Parameter 'ValidityPeriod' must be between 1 and 36000.")
}

function messageOf(form: URLSearchParams, providerId: string): Message {
  const body = form.get('Body') ?? ''
  return {
    to: form.get('To') ?? '',
    deliveryId: URL.parse(form.get('StatusCallback') ?? '')?.searchParams.get('delivery') ?? null,
    collapseId: null,
    content: body,
    shown: {
      providerId,
      from: form.get('From') ?? form.get('MessagingServiceSid') ?? undefined,
      statusCallback: form.get('StatusCallback') ?? undefined,
    },
  }
}

function invalidTo(to: string): Answer {
  return failure(400, 21211, `Invalid 'To' Phone Number: ${to}`)
}

function failure(
  status: number,
  code: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return jsonAnswer(status, { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status }, headers)
}
