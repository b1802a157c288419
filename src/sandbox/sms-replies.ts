import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { readBody } from './body.ts'
import { send } from './http-exchange.ts'
import { parseJson, textAt } from './json.ts'
import { jsonAnswer } from './provider.ts'
import { segments } from './segments.ts'
import { twilioSignature } from './twilio-signature.ts'

export interface ReplySources {
  readonly environment: Readonly<Record<string, string>>
  /** Where webhooks go: the address that is signed, too. */
  readonly gateway: string | undefined
}

const patienceMs = 15_000

/**
 * `POST /sms/replies {"from", "body"}`: somebody answers an SMS, and Twilio tells the gateway so with a webhook that it
 * signs. `to`, `optOutType` (advanced opt-out) and `messageSid` (the same reply again) may be given. Answers with the
 * message's sid and the status that the gateway answered with.
 */
export function answerSmsReply({ environment, gateway }: ReplySources) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const json = parseJson((await readBody(request))?.toString() ?? '')
    // No page of another origin can send this type without asking first.
    if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
      return send(response, jsonAnswer(415, { error: 'The content type must be application/json.' }))
    }
    const [from, body] = [textAt(json, 'from'), textAt(json, 'body')]
    if (from === undefined || body === undefined) {
      return send(response, jsonAnswer(400, { error: 'from and body must be texts.' }))
    }
    if (gateway === undefined) {
      return send(response, jsonAnswer(409, { error: 'Set CARILLON_GATEWAY: the sandbox knows no gateway to tell.' }))
    }
    const messageSid = textAt(json, 'messageSid') ?? `SM${randomBytes(16).toString('hex')}`
    const to = textAt(json, 'to') ?? environment['TWILIO_FROM'] ?? ''
    const form = replyForm({ from, to, body, messageSid, accountSid: environment['TWILIO_ACCOUNT_SID'] ?? '' })
    const optOutType = textAt(json, 'optOutType')
    if (optOutType !== undefined) form.set('OptOutType', optOutType)
    const status = await tell(`${gateway.replace(/\/+$/, '')}/webhooks/twilio`, form, environment['TWILIO_AUTH_TOKEN'])
    send(response, jsonAnswer(status === null ? 502 : 200, { messageSid, status }))
  }
}

interface Reply {
  readonly from: string
  readonly to: string
  readonly body: string
  readonly messageSid: string
  readonly accountSid: string
}

/** What Twilio posts for an SMS that it has received. */
function replyForm({ from, to, body, messageSid, accountSid }: Reply): URLSearchParams {
  return new URLSearchParams({
    ToCountry: 'US',
    SmsMessageSid: messageSid,
    NumMedia: '0',
    SmsSid: messageSid,
    SmsStatus: 'received',
    Body: body,
    To: to,
    NumSegments: String(segments(body)),
    MessageSid: messageSid,
    AccountSid: accountSid,
    From: from,
    ApiVersion: '2010-04-01',
  })
}

/** The gateway's status; null where nobody answers. */
async function tell(url: string, form: URLSearchParams, authToken = ''): Promise<number | null> {
  const headers = { 'x-twilio-signature': twilioSignature(authToken, url, form) }
  const signal = AbortSignal.timeout(patienceMs)
  const response = await fetch(url, { method: 'POST', headers, body: form, signal }).catch(() => undefined)
  return response?.status ?? null
}
