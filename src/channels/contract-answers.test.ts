import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Outcome } from '../domain/outcome.ts'
import { openCertificates } from '../sandbox/certificates.ts'
import { type Sandbox, startSandbox } from '../sandbox/start.ts'
import { adapterOf, elsewhere, providersOf } from './a-adapter.ts'
import { anHttp2Server, anHttpServer, type ProviderServer, type Reply } from './a-provider-server.ts'
import type { Providers } from './providers.ts'

/*
 * Each answer that reference/providers.md documents, over the wire: what every adapter makes of it. Those of mail servers
 * are in contract-smtp.
 */

const folder = mkdtempSync(join(tmpdir(), 'carillon-answers-'))
/** FCM's access tokens come from it. */
let sandbox: Sandbox
let servers: readonly ProviderServer[]
let providers: Providers
let answer: (reply: Reply) => void

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, dataDir: folder })
  const answering = (reply: Reply) => answer(reply)
  const http = await anHttpServer(answering)
  const h2 = await anHttp2Server(await openCertificates(join(folder, 'sandbox')), answering)
  servers = [http, h2]
  const { APNS_URL } = elsewhere(h2.port)
  providers = providersOf({ ...sandbox.environment, ...elsewhere(http.port), APNS_URL: APNS_URL ?? '' }, 2_000)
})
afterAll(async () => {
  await providers.close()
  await Promise.all([...servers, sandbox].map((each) => each.close()))
  rmSync(folder, { recursive: true })
})

type Documented = readonly [status: number, word: string, kind: Outcome['kind'], more?: object]
const titled = ([status, word, kind, more = {}]: Documented) => ({ status, word, kind, more })

interface Language {
  readonly name: 'apns' | 'fcm' | 'sendgrid' | 'ses' | 'twilio' | 'vonage'
  /** How the provider says a word of its own. */
  say(word: string): { readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown }
  /** How the outcome repeats it. */
  code(status: number, word: string): string
  readonly answers: readonly Documented[]
}

const languages: readonly Language[] = [
  {
    name: 'apns',
    say: (reason) => (reason === '' ? { headers: { 'apns-id': 'a1' } } : { body: { reason } }),
    code: (status, reason) => (reason === '' ? `${status}` : `${status} ${reason}`),
    answers: [
      [200, '', 'accepted', { providerId: 'a1' }],
      [400, 'BadDeviceToken', 'stale_target'],
      [400, 'DeviceTokenNotForTopic', 'stale_target'],
      [400, 'BadCollapseId', 'permanent'],
      [400, 'BadExpirationDate', 'permanent'],
      [400, 'BadMessageId', 'permanent'],
      [400, 'BadPriority', 'permanent'],
      [400, 'DuplicateHeaders', 'permanent'],
      [400, 'InvalidPushType', 'permanent'],
      [400, 'MissingDeviceToken', 'permanent'],
      [400, 'PayloadEmpty', 'permanent'],
      [400, 'BadTopic', 'config'],
      [400, 'MissingTopic', 'config'],
      [400, 'TopicDisallowed', 'config'],
      [400, 'IdleTimeout', 'retryable'],
      [403, 'BadCertificate', 'config'],
      [403, 'BadCertificateEnvironment', 'config'],
      [403, 'Forbidden', 'config'],
      [403, 'InvalidProviderToken', 'config'],
      [403, 'MissingProviderToken', 'config'],
      [404, 'BadPath', 'permanent'],
      [405, 'MethodNotAllowed', 'permanent'],
      [410, 'Unregistered', 'stale_target'],
      [410, 'ExpiredToken', 'stale_target'],
      [413, 'PayloadTooLarge', 'permanent'],
      [429, 'TooManyRequests', 'retryable', { afterMs: 30_000, throttled: true }],
      [429, 'TooManyProviderTokenUpdates', 'config'],
      [500, 'InternalServerError', 'retryable'],
      [503, 'ServiceUnavailable', 'retryable'],
      [503, 'Shutdown', 'retryable'],
    ],
  },
  {
    name: 'fcm',
    say: (errorCode) =>
      errorCode === '' ? { body: { name: 'm1' } } : { body: { error: { status: 'X', details: [{ errorCode }] } } },
    code: (status, errorCode) => (errorCode === '' ? `${status}` : `${status} ${errorCode}`),
    answers: [
      [200, '', 'accepted', { providerId: 'm1' }],
      [400, 'INVALID_ARGUMENT', 'permanent'],
      [401, 'THIRD_PARTY_AUTH_ERROR', 'config'],
      [403, 'SENDER_ID_MISMATCH', 'stale_target'],
      [404, 'UNREGISTERED', 'stale_target'],
      [429, 'QUOTA_EXCEEDED', 'retryable', { afterMs: 60_000, throttled: true }],
      [500, 'INTERNAL', 'retryable'],
      [503, 'UNAVAILABLE', 'retryable'],
      [500, 'UNSPECIFIED_ERROR', 'unknown'],
    ],
  },
  {
    name: 'sendgrid',
    say: () => ({ headers: { 'x-message-id': 'm1' }, body: { errors: [{ message: 'x', field: null, help: null }] } }),
    code: String,
    answers: [
      [202, '', 'accepted', { providerId: 'm1' }],
      [400, '', 'permanent'],
      [401, '', 'config'],
      [403, '', 'config'],
      [404, '', 'permanent'],
      [405, '', 'permanent'],
      [413, '', 'permanent'],
      [415, '', 'permanent'],
      [429, '', 'retryable', { throttled: true }],
      [500, '', 'retryable'],
      [502, '', 'retryable'],
      [503, '', 'retryable'],
      [504, '', 'unknown'],
    ],
  },
  {
    name: 'ses',
    say: (name) =>
      name === '' ? { body: { MessageId: 'm1' } } : { headers: { 'x-amzn-errortype': name }, body: { message: 'x' } },
    code: (status, name) => (name === '' ? `${status}` : `${status} ${name}`),
    answers: [
      [200, '', 'accepted', { providerId: 'm1' }],
      [429, 'TooManyRequestsException', 'retryable', { throttled: true }],
      [400, 'ThrottlingException', 'retryable', { throttled: true }],
      [400, 'LimitExceededException', 'retryable', { throttled: true }],
      [400, 'MessageRejected', 'permanent'],
      [400, 'BadRequestException', 'permanent'],
      [400, 'MailFromDomainNotVerifiedException', 'config'],
      [404, 'NotFoundException', 'config'],
      [400, 'AccountSuspendedException', 'config'],
      [400, 'SendingPausedException', 'config'],
      [500, 'InternalFailure', 'retryable'],
    ],
  },
  {
    name: 'twilio',
    say: (code) => ({ body: code === '' ? { sid: 'SM1' } : { code: Number(code), message: 'x' } }),
    code: (status, code) => (code === '' ? `${status}` : code),
    answers: [
      [201, '', 'accepted', { providerId: 'SM1' }],
      [401, '20003', 'config'],
      [429, '20429', 'retryable', { throttled: true }],
      [400, '21211', 'stale_target'],
      [400, '21217', 'stale_target'],
      [400, '21408', 'config'],
      [400, '21606', 'config'],
      [400, '21659', 'config'],
      [400, '21660', 'config'],
      [400, '21610', 'suppressed'],
      [400, '21611', 'retryable', { throttled: true }],
      [400, '21612', 'retryable'],
      [400, '21614', 'stale_target'],
      [400, '21617', 'permanent'],
    ],
  },
  {
    name: 'vonage',
    say: (status) => ({ body: { 'message-count': '1', messages: [{ status, 'message-id': 'm1' }] } }),
    code: (_, status) => status,
    answers: [
      [200, '0', 'accepted', { providerId: 'm1' }],
      [200, '1', 'retryable', { throttled: true }],
      ...['2', '3', '12', '22', '23'].map((status): Documented => [200, status, 'permanent']),
      ...['4', '8', '9', '11', '14', '15', '29', '32'].map((status): Documented => [200, status, 'config']),
      [200, '5', 'retryable'],
      [200, '10', 'retryable'],
      [200, '7', 'suppressed'],
      [200, '6', 'stale_target'],
      [200, '33', 'stale_target'],
    ],
  },
]

describe.each(languages)('$name', ({ name, say, code, answers }) => {
  it.each(answers.map(titled))('$status $word is $kind', async ({ status, word, kind, more }) => {
    const { headers = {}, body } = say(word)
    answer = (reply) => {
      reply.writeHead(status, headers)
      reply.end(body === undefined ? '' : JSON.stringify(body))
    }
    expect(await adapterOf(name).attempt(providers)).toEqual({ kind, code: code(status, word), ...more })
  })

  it.each([
    ['two seconds', () => '2', 2_000],
    ['a date', () => new Date(Date.now() + 60_000).toUTCString(), expect.closeTo(60_000, -4)],
  ])('waits with a 429 for %s where it is told to', async (_, retryAfter, afterMs) => {
    answer = (reply) => {
      reply.writeHead(429, { 'retry-after': retryAfter() })
      reply.end('')
    }
    expect(await adapterOf(name).attempt(providers)).toEqual({
      kind: 'retryable',
      code: '429',
      afterMs,
      throttled: true,
    })
  })

  it('knows by itself how long to wait with a 429 that says nothing, or leaves it to the caller', async () => {
    answer = (reply) => {
      reply.writeHead(429)
      reply.end('')
    }
    const own = { apns: { afterMs: 30_000 }, fcm: { afterMs: 60_000 } }
    const known = name === 'apns' || name === 'fcm' ? own[name] : {}
    expect(await adapterOf(name).attempt(providers)).toEqual({
      kind: 'retryable',
      code: '429',
      throttled: true,
      ...known,
    })
  })
})
