import { createPrivateKey, sign } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { type ClientHttp2Session, connect } from 'node:http2'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseJson, textAt } from './json.ts'
import type { Sandbox } from './start.ts'

/** Clients for the tests: each speaks its provider's protocol over real sockets and changes only what a test names. */

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** What a client saw: an answer, its connection cut, or nothing until it gave up. */
export type Seen = Reply | 'cut' | 'no answer'

export interface TestClient {
  readonly provider: string
  send(to?: string): Promise<Seen>
  close(): void
}

const deliveryUlid = '01jd0000000000000000000000'
export const device = 'ab'.repeat(32)
export const registration = 'dGVzdA:APA91bHun4MxP5egoKMwt2KZFBaFUH-1RYqx'

export const defaultPatienceMs = 10_000

export function aDataDir(): string {
  return mkdtempSync(join(tmpdir(), 'carillon-sandbox-'))
}

export function aDeliveryId(channel: 'push' | 'email' | 'sms', recipientId = 'u-1'): string {
  return `dlv_${deliveryUlid}~${channel}~${recipientId}`
}

export function value(sandbox: Sandbox, name: string): string {
  return sandbox.environment[name] ?? ''
}

export function replied(seen: Seen): Reply {
  if (typeof seen === 'string') throw new Error(`expected an answer, saw: ${seen}`)
  return seen
}

function jwt(header: object, claims: object, privateKey: string): string {
  const part = (json: object) => Buffer.from(JSON.stringify(json)).toString('base64url')
  const signed = `${part(header)}.${part(claims)}`
  const key = createPrivateKey(privateKey)
  return `${signed}.${sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

export interface ApnsOptions {
  readonly to?: string
  readonly path?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly token?: string | undefined
  readonly body?: string
}

export function apnsToken(sandbox: Sandbox, header: object = {}, claims: object = {}): string {
  return jwt(
    { alg: 'ES256', kid: value(sandbox, 'APNS_KEY_ID'), ...header },
    { iss: value(sandbox, 'APNS_TEAM_ID'), iat: Math.floor(Date.now() / 1000), ...claims },
    value(sandbox, 'APNS_KEY'),
  )
}

export function apnsClient(
  sandbox: Sandbox,
  patienceMs = defaultPatienceMs,
): TestClient & { request(options?: ApnsOptions): Promise<Seen> } {
  const session = connect(value(sandbox, 'APNS_URL'), { ca: value(sandbox, 'PROVIDER_CA') }).on('error', () => {})
  const token = apnsToken(sandbox)
  const request = (options: ApnsOptions = {}) => {
    const authorization = 'token' in options ? options.token : token
    return exchangeH2(
      session,
      {
        ':method': options.method ?? 'POST',
        ':path': options.path ?? `/3/device/${options.to ?? device}`,
        ...(authorization === undefined ? {} : { authorization: `bearer ${authorization}` }),
        'apns-topic': value(sandbox, 'APNS_TOPIC'),
        'apns-push-type': 'alert',
        ...options.headers,
      },
      options.body ?? JSON.stringify(aPayload()),
      patienceMs,
    )
  }
  return { provider: 'apns', request, send: (to = device) => request({ to }), close: () => session.destroy() }
}

export function aPayload(): object {
  return { aps: { alert: { title: 'Hello', body: 'World' } }, carillon: { deliveryId: aDeliveryId('push') } }
}

function exchangeH2(
  session: ClientHttp2Session,
  headers: Readonly<Record<string, string | undefined>>,
  body: string,
  patienceMs: number,
): Promise<Seen> {
  return new Promise((resolve) => {
    const stream = session.request(headers)
    const chunks: Buffer[] = []
    let reply: Omit<Reply, 'body'> | undefined
    stream.on('response', ({ ':status': status, ...rest }) => {
      reply = { status: status ?? 0, headers: texts(Object.entries(rest)) }
    })
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('error', () => resolve('cut'))
    stream.on('close', () => resolve(reply ? { ...reply, body: readable(Buffer.concat(chunks).toString()) } : 'cut'))
    stream.setTimeout(patienceMs, () => {
      resolve('no answer')
      stream.close()
    })
    stream.end(body)
  })
}

export function assertion(sandbox: Sandbox, claims: object = {}, key?: string): string {
  const account = parseJson(value(sandbox, 'FCM_SERVICE_ACCOUNT'))
  const iat = Math.floor(Date.now() / 1000)
  const defaults = {
    iss: textAt(account, 'client_email'),
    aud: 'https://oauth2.googleapis.com/token',
    scope: 'https://www.googleapis.com/auth/firebase.messaging',
    iat,
    exp: iat + 3600,
  }
  return jwt({ alg: 'RS256' }, { ...defaults, ...claims }, key ?? textAt(account, 'private_key') ?? '')
}

/** As the Google libraries do it: TLS to the sandbox under the name of Google's host. */
export async function googleToken(
  sandbox: Sandbox,
  form: Readonly<Record<string, string>> = {},
  host = 'oauth2.googleapis.com',
  path = '/token',
): Promise<Reply> {
  const { hostname, port } = new URL(value(sandbox, 'FCM_TOKEN_URL'))
  const call = httpsRequest({
    host: hostname,
    port,
    path,
    method: 'POST',
    servername: host,
    headers: { host, 'content-type': 'application/x-www-form-urlencoded' },
    ca: value(sandbox, 'PROVIDER_CA'),
    agent: false,
  })
  const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
  call.end(new URLSearchParams({ grant_type, assertion: assertion(sandbox), ...form }).toString())
  const [response] = await once(call, 'response')
  const chunks: Buffer[] = await response.toArray()
  return { status: response.statusCode, headers: response.headers, body: readable(Buffer.concat(chunks).toString()) }
}

export interface FcmOptions {
  readonly message?: object
  readonly body?: unknown
  readonly token?: string
  readonly project?: string
}

export async function fcmClient(
  sandbox: Sandbox,
  patienceMs = defaultPatienceMs,
): Promise<TestClient & { request(options?: FcmOptions): Promise<Seen> }> {
  const token = textAt((await googleToken(sandbox)).body, 'access_token')
  const request = (options: FcmOptions = {}) =>
    exchange(
      `${value(sandbox, 'FCM_URL')}/v1/projects/${options.project ?? 'carillon-sandbox'}/messages:send`,
      {
        headers: { authorization: `Bearer ${options.token ?? token}`, 'content-type': 'application/json' },
        body: JSON.stringify(options.body ?? { message: { ...aFcmMessage(), ...options.message } }),
      },
      patienceMs,
    )
  return {
    provider: 'fcm',
    request,
    send: (to) => request(to === undefined ? {} : { message: { token: to } }),
    close() {},
  }
}

export function aFcmMessage(): object {
  return {
    token: registration,
    notification: { title: 'Hello', body: 'World' },
    data: { deliveryId: aDeliveryId('push') },
    android: { collapse_key: 'c-1', ttl: '60s', priority: 'high' },
  }
}

export interface MailOptions {
  readonly mail?: object
  readonly text?: string
  readonly key?: string
  readonly contentType?: string
}

export function sendgridClient(
  sandbox: Sandbox,
  patienceMs = defaultPatienceMs,
): TestClient & { request(options?: MailOptions): Promise<Seen> } {
  const request = (options: MailOptions = {}) =>
    exchange(
      `${value(sandbox, 'SENDGRID_URL')}/v3/mail/send`,
      {
        headers: {
          authorization: `Bearer ${options.key ?? value(sandbox, 'SENDGRID_API_KEY')}`,
          'content-type': options.contentType ?? 'application/json',
        },
        body: options.text ?? JSON.stringify({ ...aMail(), ...options.mail }),
      },
      patienceMs,
    )
  const send = (to = 'ana@example.com') => request({ mail: { personalizations: [{ to: [{ email: to }] }] } })
  return { provider: 'sendgrid', request, send, close() {} }
}

function aMail(): object {
  return {
    personalizations: [{ to: [{ email: 'ana@example.com' }], custom_args: { delivery_id: aDeliveryId('email') } }],
    from: { email: 'hello@carillon.example', name: 'Carillon' },
    subject: 'Hello',
    content: [
      { type: 'text/plain', value: 'World' },
      { type: 'text/html', value: '<b>World</b>' },
    ],
  }
}

export interface SmsOptions {
  readonly form?: Readonly<Record<string, string | undefined>>
  readonly token?: string
  readonly account?: string
}

export function twilioClient(
  sandbox: Sandbox,
  patienceMs = defaultPatienceMs,
): TestClient & { request(options?: SmsOptions): Promise<Seen> } {
  const sid = value(sandbox, 'TWILIO_ACCOUNT_SID')
  const request = (options: SmsOptions = {}) => {
    const token = options.token ?? value(sandbox, 'TWILIO_AUTH_TOKEN')
    const form = { To: '+351912345678', From: value(sandbox, 'TWILIO_FROM'), Body: 'Hello', ...options.form }
    return exchange(
      `${value(sandbox, 'TWILIO_URL')}/2010-04-01/Accounts/${options.account ?? sid}/Messages.json`,
      {
        headers: { authorization: `Basic ${Buffer.from(`${sid}:${token}`).toString('base64')}` },
        body: new URLSearchParams(texts(Object.entries(form))),
      },
      patienceMs,
    )
  }
  return { provider: 'twilio', request, send: (To = '+351912345678') => request({ form: { To } }), close() {} }
}

export async function exchange(url: string, init: RequestInit, patienceMs: number): Promise<Seen> {
  try {
    const response = await fetch(url, { method: 'POST', signal: AbortSignal.timeout(patienceMs), ...init })
    return { status: response.status, headers: texts([...response.headers]), body: readable(await response.text()) }
  } catch (error) {
    return error instanceof DOMException && error.name === 'TimeoutError' ? 'no answer' : 'cut'
  }
}

export async function getJson(sandbox: Sandbox, path: string): Promise<unknown> {
  return (await fetch(sandbox.url + path)).json()
}

export async function putFault(sandbox: Sandbox, provider: string, fault: unknown): Promise<Reply> {
  const response = await fetch(`${sandbox.url}/faults/${provider}`, { method: 'PUT', body: JSON.stringify(fault) })
  return { status: response.status, headers: {}, body: await response.json() }
}

export async function emptyLedger(sandbox: Sandbox): Promise<void> {
  await fetch(`${sandbox.url}/messages`, { method: 'DELETE' })
}

function readable(body: string): unknown {
  return parseJson(body) ?? body
}

export function texts(entries: readonly (readonly [string, unknown])[]): Record<string, string> {
  return Object.fromEntries(entries.flatMap(([key, text]) => (typeof text === 'string' ? [[key, text]] : [])))
}
