import twilio from 'twilio'
import { withoutAnswer } from '../exchange.ts'
import { type HttpSettings, openHttp } from '../http.ts'
import type { Provider, SmsMessage } from '../provider.ts'
import { type SdkCalls, sdkCalls } from '../sdk-call.ts'
import { findingOf, messagesPath } from './twilio-look-up.ts'
import { twilioOutcome } from './twilio-outcome.ts'

export type TwilioSettings = HttpSettings & {
  readonly accountSid: string
  readonly authToken: string
  /** Where Twilio reports what became of a message; `?delivery=` is added. */
  readonly statusCallbackUrl?: string | undefined
} & (
    | { readonly from: string; readonly messagingServiceSid?: undefined }
    | { readonly messagingServiceSid: string; readonly from?: undefined }
  )

export function openTwilio(settings: TwilioSettings): Provider<SmsMessage> {
  const http = openHttp(settings)
  const calls = sdkCalls(http)
  const client = twilio(settings.accountSid, settings.authToken, { httpClient: new OneRequest(calls) })
  return {
    name: 'twilio',
    async attempt(message, signal) {
      const now = new Date()
      const exchange = await calls.exchange(() => client.messages.create(parameters(message, settings, now)), signal)
      return exchange.kind === 'answered' ? twilioOutcome(exchange, new Date()) : withoutAnswer(exchange)
    },
    async lookUp(message, since, signal) {
      const request = { path: messagesPath(settings.accountSid, message), headers: { authorization: basic(settings) } }
      return findingOf(await http.get(request, signal), message, since)
    },
    close: () => http.close(),
  }
}

function basic({ accountSid, authToken }: Pick<TwilioSettings, 'accountSid' | 'authToken'>): string {
  return `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`
}

function parameters({ deliveryId, to, content, expiresAt }: SmsMessage, settings: TwilioSettings, now: Date) {
  const leftS = Math.floor((expiresAt.getTime() - now.getTime()) / 1000)
  return {
    to,
    body: content.body,
    ...(settings.from === undefined ? { messagingServiceSid: settings.messagingServiceSid } : { from: settings.from }),
    ...(settings.statusCallbackUrl === undefined
      ? {}
      : { statusCallback: callbackFor(settings.statusCallbackUrl, deliveryId) }),
    // Twilio takes 1 to 36,000 seconds.
    validityPeriod: Math.min(Math.max(leftS, 1), 36_000),
  }
}

function callbackFor(statusCallbackUrl: string, deliveryId: string): string {
  const url = new URL(statusCallbackUrl)
  url.searchParams.set('delivery', deliveryId)
  return url.href
}

type Request<T> = Parameters<typeof twilio.RequestClient.prototype.request<T>>[0]
type Response<T> = Awaited<ReturnType<typeof twilio.RequestClient.prototype.request<T>>>

class OneRequest extends twilio.RequestClient {
  readonly #calls: SdkCalls

  constructor(calls: SdkCalls) {
    super()
    this.#calls = calls
  }

  override async request<T>({ uri, username, password, headers, data }: Request<T>): Promise<Response<T>> {
    const { pathname, search } = new URL(uri)
    const answer = await this.#calls.send({
      path: `${pathname}${search}`,
      headers: {
        ...textsOf(headers),
        authorization: basic({ accountSid: username ?? '', authToken: password ?? '' }),
      },
      body: new URLSearchParams(textsOf(data)).toString(),
    })
    return { statusCode: answer.status, body: JSON.parse(answer.body), headers: answer.headers }
  }
}

/** The SDK's loosely typed names and values, all of which go out as text. */
function textsOf(values: unknown): Record<string, string> {
  const entries = Object.entries(typeof values === 'object' && values !== null ? values : {})
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]))
}
