import { SESv2Client, SendEmailCommand, type SendEmailCommandInput } from '@aws-sdk/client-sesv2'
import { withoutAnswer } from '../exchange.ts'
import { type HttpSettings, openHttp } from '../http.ts'
import type { EmailMessage, Provider } from '../provider.ts'
import { type SdkCalls, sdkCalls } from '../sdk-call.ts'
import { sesOutcome } from './ses-outcome.ts'
import { unsubscribeHeaders } from './unsubscribe-headers.ts'

export interface SesSettings extends HttpSettings {
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** "Carillon <hello@example.com>" */
  readonly from: string
  /** Names where SES reports what became of a message; without one it reports nothing. */
  readonly configurationSet?: string | undefined
}

export function openSes(settings: SesSettings): Provider<EmailMessage> {
  const { url, region, accessKeyId, secretAccessKey } = settings
  // The SDK puts the path of the endpoint before that of the request, and signs both.
  const http = openHttp({ ...settings, url: new URL(url).origin })
  const calls = sdkCalls(http)
  const client = new SESv2Client({
    region,
    endpoint: url,
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
    requestHandler: oneRequest(calls),
  })
  return {
    name: 'ses',
    async attempt(message, signal) {
      const exchange = await calls.exchange(() => client.send(new SendEmailCommand(mail(message, settings))), signal)
      return exchange.kind === 'answered' ? sesOutcome(exchange, new Date()) : withoutAnswer(exchange)
    },
    async close() {
      client.destroy()
      await http.close()
    },
  }
}

function mail(message: EmailMessage, { from, configurationSet }: SesSettings): SendEmailCommandInput {
  const { deliveryId, to, content, unsubscribeUrl } = message
  const headers = unsubscribeUrl === undefined ? {} : unsubscribeHeaders(unsubscribeUrl)
  return {
    FromEmailAddress: from,
    Destination: { ToAddresses: [to] },
    Content: {
      Simple: {
        Subject: utf8(content.subject),
        Body: { ...(content.text === '' ? {} : { Text: utf8(content.text) }), Html: utf8(content.html) },
        Headers: Object.entries(headers).map(([Name, Value]) => ({ Name, Value })),
      },
    },
    // Copied into every event. A value takes letters, digits, "_" and "-", 256 at most: an id has up to 165 characters.
    EmailTags: [{ Name: 'delivery_id', Value: Buffer.from(deliveryId).toString('base64url') }],
    ...(configurationSet === undefined ? {} : { ConfigurationSetName: configurationSet }),
  }
}

function utf8(Data: string) {
  return { Data, Charset: 'UTF-8' }
}

interface SignedRequest {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

function oneRequest(calls: SdkCalls) {
  return {
    async handle({ path, headers, body }: SignedRequest) {
      const text = typeof body === 'string' ? body : new TextDecoder().decode(body)
      const answer = await calls.send({ path, headers, body: text })
      return { response: { statusCode: answer.status, headers: answer.headers, body: Buffer.from(answer.body) } }
    },
  }
}
