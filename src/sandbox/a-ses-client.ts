import { SESv2Client, SendEmailCommand, type SendEmailCommandInput } from '@aws-sdk/client-sesv2'
import type { Sandbox } from './start.ts'
import { aDeliveryId, defaultPatienceMs, exchange, replied, type Seen, type TestClient, value } from './test-clients.ts'

export interface SesOptions {
  readonly to?: string
  readonly input?: Partial<SendEmailCommandInput>
  readonly key?: string
  readonly keyId?: string
  readonly region?: string
  /** Before it is sent, when it is signed already. */
  readonly change?: (request: SignedRequest) => SignedRequest
}

export interface SignedRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** AWS's own SDK builds and signs; only its transport is ours, which sees the answer before the SDK does. */
export function sesClient(
  sandbox: Sandbox,
  patienceMs = defaultPatienceMs,
): TestClient & { request(options?: SesOptions): Promise<Seen> } {
  const url = value(sandbox, 'SES_URL')
  const request = async (options: SesOptions = {}) => {
    let seen: Seen = 'cut'
    const handle = async (built: Omit<SignedRequest, 'body'> & { readonly body: Uint8Array }) => {
      const signed = { ...built, body: new TextDecoder().decode(built.body) }
      const { method, path, headers, body } = options.change?.(signed) ?? signed
      seen = await exchange(new URL(url).origin + path, { method, headers, body }, patienceMs)
      const { status: statusCode, ...reply } = replied(seen)
      return { response: { statusCode, headers: reply.headers, body: Buffer.from(JSON.stringify(reply.body)) } }
    }
    const client = new SESv2Client({
      region: options.region ?? value(sandbox, 'AWS_REGION'),
      endpoint: url,
      credentials: {
        accessKeyId: options.keyId ?? value(sandbox, 'AWS_ACCESS_KEY_ID'),
        secretAccessKey: options.key ?? value(sandbox, 'AWS_SECRET_ACCESS_KEY'),
      },
      maxAttempts: 1,
      requestHandler: { handle },
    })
    await client.send(new SendEmailCommand({ ...aSesMail(options.to), ...options.input })).catch(() => undefined)
    return seen
  }
  return { provider: 'ses', request, send: (to) => request(to === undefined ? {} : { to }), close() {} }
}

function aSesMail(to = 'ana@example.com'): SendEmailCommandInput {
  return {
    FromEmailAddress: 'Carillon <hello@carillon.example>',
    Destination: { ToAddresses: [to] },
    Content: {
      Simple: { Subject: { Data: 'Hello' }, Body: { Text: { Data: 'World' }, Html: { Data: '<b>World</b>' } } },
    },
    EmailTags: [{ Name: 'delivery_id', Value: Buffer.from(aDeliveryId('email')).toString('base64url') }],
  }
}
