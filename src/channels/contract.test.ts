import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Outcome } from '../domain/outcome.ts'
import type { Platform } from '../domain/words.ts'
import { type Sandbox, startSandbox } from '../sandbox/start.ts'
import { openProviders, type Providers } from './providers.ts'
import type { GoogleAccount } from './push/google-access-token.ts'

/*
 * What every provider promises, checked over its real protocol against the sandbox. One attempt is one request, whatever
 * befalls it.
 */

const timeoutMs = 500
const callback = 'http://127.0.0.1:9/webhooks/twilio'
const notificationId = 'ntf_01kaxyz0000000000000000000'
const folder = mkdtempSync(join(tmpdir(), 'carillon-channels-'))
const never = () => new AbortController().signal

let sandbox: Sandbox
let providers: Providers
let unreachable: Providers

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, dataDir: folder })
  providers = open()
  const port = await unusedPort()
  unreachable = open({ http: `http://127.0.0.1:${port}`, tls: `https://localhost:${port}` })
})
afterAll(async () => {
  await Promise.all([providers.close(), unreachable.close()])
  await sandbox.close()
  rmSync(folder, { recursive: true })
})

const adapters = [
  { title: 'apns', name: 'apns', channel: 'push', send: push('IOS', 'ab'.repeat(32)) },
  { title: 'fcm (Android)', name: 'fcm', channel: 'push', send: push('ANDROID', 'android:'.repeat(8)) },
  { title: 'fcm (web)', name: 'fcm', channel: 'push', send: push('WEB', 'browser:'.repeat(8)) },
  { title: 'sendgrid', name: 'sendgrid', channel: 'email', send: email },
  { title: 'twilio', name: 'twilio', channel: 'sms', send: sms },
] as const

describe.each(adapters)('$title', ({ name, channel, send }) => {
  const deliveryId = `dlv_01kaxyz0000000000000000000~${channel}~ann`

  afterEach(async () => {
    await put({ kind: 'ok' })
    await fetch(`${sandbox.url}/messages`, { method: 'DELETE' })
  })

  it('delivers what was rendered, named so that every system can speak of it', async () => {
    expect(await attempt()).toMatchObject({ kind: 'accepted', providerId: expect.any(String) })
    expect(await messages()).toEqual([
      expect.objectContaining({
        provider: name,
        channel: channel.toUpperCase(),
        deliveryId,
        notificationId,
        recipientId: 'ann',
        collapseId: channel === 'push' ? 'collapse-1' : null,
        content: expect.stringContaining('Grüße, Ann & Bob'),
      }),
    ])
  })

  it('waits as long as the provider asks when it is throttled', async () => {
    await put({ kind: 'throttle' })
    expect(await attempt()).toMatchObject({ kind: 'retryable', afterMs: 2_000 })
  })

  it('may be tried again when the provider is unavailable', async () => {
    await put({ kind: 'unavailable' })
    expect(await attempt()).toMatchObject({ kind: 'retryable', code: expect.stringContaining('503') })
  })

  it.each(['hang', 'slow'])(
    'does not know what became of it when the answer is not there in time (%s)',
    async (kind) => {
      await put({ kind, afterMs: kind === 'slow' ? timeoutMs * 3 : undefined })
      const started = performance.now()
      expect(await attempt()).toEqual({ kind: 'unknown', code: 'timeout' })
      expect(performance.now() - started).toBeLessThan(timeoutMs * 2)
      expect(await messages()).toHaveLength(kind === 'slow' ? 1 : 0)
    },
  )

  it('does not know what became of it when the connection is cut', async () => {
    await put({ kind: 'reset' })
    expect(await attempt()).toMatchObject({ kind: 'unknown' })
    expect(await messages()).toEqual([])
  })

  it('does not know what became of it when the answer is lost, and does not send it twice', async () => {
    await put({ kind: 'lose_answer' })
    expect(await attempt()).toMatchObject({ kind: 'unknown' })
    expect(await messages()).toHaveLength(1)
  })

  it('recognises a dead address', async () => {
    await put({ kind: 'stale_target' })
    expect(await attempt()).toMatchObject({ kind: 'stale_target' })
  })

  it('recovers when the fault is over', async () => {
    await put({ kind: 'reset', count: 1 })
    await attempt()
    expect(await attempt()).toMatchObject({ kind: 'accepted' })
  })

  it('may be tried again when nobody listens', async () => {
    expect(await send(unreachable, deliveryId, never())).toEqual({ kind: 'retryable', code: 'ECONNREFUSED' })
  })

  it('sends nothing when it is aborted before', async () => {
    const before = await requests()
    expect(await send(providers, deliveryId, AbortSignal.abort())).toEqual({ kind: 'retryable', code: 'aborted' })
    expect(await requests()).toBe(before)
  })

  it('does not know what became of it when it is aborted under way', async () => {
    await put({ kind: 'hang' })
    const before = await requests()
    const aborting = new AbortController()
    const outcome = send(providers, deliveryId, aborting.signal)
    await expect.poll(requests).toBe(before + 1)
    aborting.abort()
    expect(await outcome).toEqual({ kind: 'unknown', code: 'aborted' })
  })

  it('names neither address nor content in what it reports', async () => {
    for (const kind of ['throttle', 'unavailable', 'stale_target', 'reset', 'hang']) {
      await put({ kind })
      expect(JSON.stringify(await attempt())).not.toMatch(/ann@|Grüße|\+43|abab|android:|browser:/)
    }
  })

  async function attempt(): Promise<Outcome> {
    const before = await requests()
    const outcome = await send(providers, deliveryId, never())
    expect((await requests()) - before, 'requests of one attempt').toBe(1)
    return outcome
  }

  async function put(fault: object): Promise<void> {
    const answer = await fetch(`${sandbox.url}/faults/${name}`, { method: 'PUT', body: JSON.stringify(fault) })
    expect(answer.status).toBe(200)
  }

  async function requests(): Promise<number> {
    const all: unknown = await (await fetch(`${sandbox.url}/faults`)).json()
    const { [name]: ours } = all as Readonly<Record<string, { readonly requests: number }>>
    return ours?.requests ?? 0
  }

  async function messages(): Promise<unknown> {
    return (await fetch(`${sandbox.url}/messages?provider=${name}`)).json()
  }
})

describe('what is particular', () => {
  afterEach(() => fetch(`${sandbox.url}/faults/apns`, { method: 'PUT', body: '{"kind":"ok"}' }))

  it('APNs says since when a token is dead', async () => {
    await fetch(`${sandbox.url}/faults/apns`, { method: 'PUT', body: '{"kind":"stale_target"}' })
    const send = push('IOS', 'ab'.repeat(32))
    expect(await send(providers, 'dlv_1', never())).toMatchObject({ deadSince: expect.any(Date) })
  })

  it('credentials that are wrong are ours to mend', async () => {
    const wrong = openProviders({
      apns: { ...settings().apns, keyId: 'WRONGKEYID' },
      fcm: { ...settings().fcm, serviceAccount: { ...settings().fcm.serviceAccount, client_email: 'x@example.com' } },
      sendgrid: { ...settings().sendgrid, apiKey: 'SG.wrong' },
      twilio: { ...settings().twilio, authToken: 'wrong' },
    })
    const outcomes = await Promise.all(adapters.map(({ send }) => send(wrong, 'dlv_1', never())))
    expect(outcomes.map(({ kind }) => kind)).toEqual(adapters.map(() => 'config'))
    await wrong.close()
  })

  it('an address that the provider does not take is a dead one', async () => {
    expect(await push('IOS', 'zz')(providers, 'dlv_1', never())).toMatchObject({ kind: 'stale_target' })
    expect(await push('ANDROID', 'zz')(providers, 'dlv_1', never())).toMatchObject({ kind: 'stale_target' })
    expect(await email(providers, 'dlv_1', never(), 'nobody')).toMatchObject({ kind: 'stale_target' })
    expect(await sms(providers, 'dlv_1', never(), '123')).toMatchObject({ kind: 'stale_target' })
  })

  it('a message that is too big never succeeds', async () => {
    const outcome = await push('IOS', 'ab'.repeat(32), 'x'.repeat(5_000))(providers, 'dlv_1', never())
    expect(outcome).toEqual({ kind: 'permanent', code: '413 PayloadTooLarge' })
  })

  it('one access token serves everybody who asks for one at once', async () => {
    const fresh = open()
    const send = push('ANDROID', 'android:'.repeat(8))
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => send(fresh, 'dlv_1', never())))
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['accepted']))
    await fresh.close()
  })

  it('a provider without settings is absent', () => {
    const { PUSH, EMAIL, SMS } = openProviders({})
    expect({ PUSH, EMAIL, SMS }).toEqual({
      PUSH: { IOS: undefined, ANDROID: undefined, WEB: undefined },
      EMAIL: [],
      SMS: [],
    })
  })
})

function push(platform: Platform, token: string, body = 'Grüße, Ann & Bob') {
  return async ({ PUSH }: Providers, deliveryId: string, signal: AbortSignal): Promise<Outcome> =>
    sent(
      PUSH[platform]?.attempt(
        {
          ...envelope(deliveryId),
          target: { deviceId: 'phone', platform, token, app: '', environment: 'PRODUCTION' },
          content: { title: 'Carillon', body, actions: [{ id: 'open', title: 'Open' }] },
        },
        signal,
      ),
    )
}

async function email(
  { EMAIL }: Providers,
  deliveryId: string,
  signal: AbortSignal,
  to = 'ann@example.com',
): Promise<Outcome> {
  const content = { subject: 'Carillon', html: '<p>Grüße, Ann &amp; Bob</p>', text: 'Grüße, Ann & Bob' }
  return sent(EMAIL[0]?.attempt({ ...envelope(deliveryId), to, content }, signal))
}

async function sms(
  { SMS }: Providers,
  deliveryId: string,
  signal: AbortSignal,
  to = '+436601234567',
): Promise<Outcome> {
  const content = { body: 'Grüße, Ann & Bob', segments: 1 }
  return sent(SMS[0]?.attempt({ ...envelope(deliveryId), to, content }, signal))
}

function envelope(deliveryId: string) {
  return {
    deliveryId,
    collapseId: 'collapse-1',
    tier: 'TRANSACTIONAL',
    expiresAt: new Date(Date.now() + 600_000),
  } as const
}

function sent(outcome: Promise<Outcome> | undefined): Promise<Outcome> {
  if (outcome === undefined) throw new Error('The provider is absent.')
  return outcome
}

function open(elsewhere?: { readonly http: string; readonly tls: string }): Providers {
  const { apns, fcm, sendgrid, twilio } = settings()
  if (elsewhere === undefined) return openProviders({ apns, fcm, sendgrid, twilio })
  return openProviders({
    apns: { ...apns, url: elsewhere.tls },
    fcm: { ...fcm, url: elsewhere.http },
    sendgrid: { ...sendgrid, url: elsewhere.http },
    twilio: { ...twilio, url: elsewhere.http },
  })
}

function settings() {
  const ca = variable('PROVIDER_CA')
  return {
    apns: {
      key: variable('APNS_KEY'),
      keyId: variable('APNS_KEY_ID'),
      teamId: variable('APNS_TEAM_ID'),
      topic: variable('APNS_TOPIC'),
      url: variable('APNS_URL'),
      ca,
      timeoutMs,
    },
    fcm: {
      serviceAccount: JSON.parse(variable('FCM_SERVICE_ACCOUNT')) as GoogleAccount,
      url: variable('FCM_URL'),
      tokenUrl: variable('FCM_TOKEN_URL'),
      ca,
      timeoutMs,
    },
    sendgrid: {
      apiKey: variable('SENDGRID_API_KEY'),
      url: variable('SENDGRID_URL'),
      from: variable('EMAIL_FROM'),
      timeoutMs,
    },
    twilio: {
      accountSid: variable('TWILIO_ACCOUNT_SID'),
      authToken: variable('TWILIO_AUTH_TOKEN'),
      from: variable('TWILIO_FROM'),
      url: variable('TWILIO_URL'),
      statusCallbackUrl: callback,
      timeoutMs,
    },
  }
}

function variable(name: string): string {
  const value = sandbox.environment[name]
  if (value === undefined) throw new Error(`The sandbox gives no ${name}.`)
  return value
}

async function unusedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
