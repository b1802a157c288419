import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Outcome } from '../domain/outcome.ts'
import { type Sandbox, startSandbox } from '../sandbox/start.ts'
import { adapterOf, adapters, elsewhere, providersOf } from './a-adapter.ts'
import type { Providers } from './providers.ts'

/*
 * What every provider promises, checked over its real protocol against the sandbox. One attempt is one request, whatever
 * befalls it. What the sandbox cannot give is in contract-answers, contract-failures, and contract-apns and -smtp.
 */

const timeoutMs = 10_000
const impatientMs = 500
const notificationId = 'ntf_01kaxyz0000000000000000000'
const folder = mkdtempSync(join(tmpdir(), 'carillon-channels-'))

let sandbox: Sandbox
let providers: Providers
/** For what does not answer. */
let impatient: Providers
let unreachable: Providers

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, dataDir: folder })
  providers = providersOf(sandbox.environment, timeoutMs)
  impatient = providersOf(sandbox.environment, impatientMs)
  unreachable = providersOf({ ...sandbox.environment, ...elsewhere(await unusedPort()) }, timeoutMs)
})
afterAll(async () => {
  await Promise.all([providers, impatient, unreachable].map((each) => each.close()))
  await sandbox.close()
  rmSync(folder, { recursive: true })
})

/** In what providers differ. */
const throttled = {
  apns: { kind: 'retryable', code: '429 TooManyRequests', afterMs: 2_000, throttled: true },
  fcm: { kind: 'retryable', code: '429 QUOTA_EXCEEDED', afterMs: 2_000, throttled: true },
  sendgrid: { kind: 'retryable', code: '429', afterMs: 2_000, throttled: true },
  ses: { kind: 'retryable', code: '429 TooManyRequestsException', afterMs: 2_000, throttled: true },
  smtp: { kind: 'retryable', code: '450 4.7.0', throttled: true },
  twilio: { kind: 'retryable', code: '20429', afterMs: 2_000, throttled: true },
  vonage: { kind: 'retryable', code: '1', afterMs: 2_000, throttled: true },
}
const unavailable = {
  apns: '503 ServiceUnavailable',
  fcm: '503 UNAVAILABLE',
  sendgrid: '503',
  ses: '503 ServiceUnavailable',
  smtp: '421 4.3.2',
  twilio: '503 20503',
  vonage: '503',
}
const dead = {
  apns: { kind: 'stale_target', code: '410 Unregistered', deadSince: expect.any(Date) },
  fcm: { kind: 'stale_target', code: '404 UNREGISTERED' },
  sendgrid: { kind: 'stale_target', code: '400 personalizations.0.to' },
  // Does not say which of its addresses it means: that one is dead comes later, as a bounce.
  ses: { kind: 'permanent', code: '400 BadRequestException' },
  smtp: { kind: 'stale_target', code: '550 5.1.1' },
  twilio: { kind: 'stale_target', code: '21211' },
  vonage: { kind: 'stale_target', code: '33' },
}

describe.each(adapters)('$title', ({ name, channel, attempt: send }) => {
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
        ...(channel === 'email' ? { unsubscribeUrl: 'https://example.com/u/1' } : {}),
      }),
    ])
  })

  it('delivers every character as it is', async () => {
    const body = 'Привет, 🎉 ^{}[~] = 100 %\n.\nFrom here on'
    expect(await send(providers, { deliveryId, body })).toMatchObject({ kind: 'accepted' })
    expect(await messages()).toEqual([expect.objectContaining({ content: expect.stringContaining(body) })])
  })

  it('names the longest id that there is', async () => {
    const longest = `${deliveryId.slice(0, -3)}${'a:b.c-_9'.repeat(16)}`
    expect(await send(providers, { deliveryId: longest })).toMatchObject({ kind: 'accepted' })
    // A reference of Vonage's has a hundred characters.
    const named = name === 'vonage' ? expect.stringMatching(/^[\w-]{43}$/) : longest
    expect(await messages()).toEqual([expect.objectContaining({ deliveryId: named })])
  })

  it('waits as long as the provider asks when it is throttled', async () => {
    await put({ kind: 'throttle' })
    expect(await attempt()).toEqual(throttled[name])
  })

  it('may be tried again when the provider is unavailable', async () => {
    await put({ kind: 'unavailable' })
    expect(await attempt()).toEqual({ kind: 'retryable', code: unavailable[name] })
  })

  it.each(['hang', 'slow'])(
    'does not know what became of it when the answer is not there in time (%s)',
    async (kind) => {
      await connected(impatient)
      await put({ kind, afterMs: kind === 'slow' ? impatientMs * 3 : undefined })
      const started = performance.now()
      expect(await attempt(impatient)).toEqual({ kind: 'unknown', code: 'timeout' })
      expect(performance.now() - started).toBeLessThan(impatientMs * 2)
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

  it('recognises a dead address, where the provider says so', async () => {
    await put({ kind: 'stale_target' })
    expect(await attempt()).toEqual(dead[name])
  })

  it('recovers when the fault is over', async () => {
    await put({ kind: 'reset', count: 1 })
    await attempt()
    expect(await attempt()).toMatchObject({ kind: 'accepted' })
  })

  it('may be tried again when nobody listens', async () => {
    expect(await send(unreachable)).toEqual({ kind: 'retryable', code: 'ECONNREFUSED' })
  })

  it('sends nothing when it is aborted before', async () => {
    const before = await requests()
    expect(await send(providers, { signal: AbortSignal.abort() })).toEqual({ kind: 'retryable', code: 'aborted' })
    expect(await requests()).toBe(before)
  })

  it('does not know what became of it when it is aborted under way', async () => {
    await put({ kind: 'hang' })
    const before = await requests()
    const aborting = new AbortController()
    const outcome = send(providers, { signal: aborting.signal })
    await expect.poll(requests).toBe(before + 1)
    aborting.abort()
    expect(await outcome).toEqual({ kind: 'unknown', code: 'aborted' })
  })

  it('names neither address nor content in what it reports', async () => {
    for (const kind of ['throttle', 'unavailable', 'stale_target', 'reset', 'hang']) {
      await put({ kind })
      expect(JSON.stringify(await attempt(kind === 'hang' ? impatient : providers))).not.toMatch(
        /ann@|Grüße|43660|abab|android:|browser:/,
      )
    }
  })

  /** What takes its time only once: tokens, handshakes. */
  async function connected(through: Providers): Promise<void> {
    await expect.poll(() => send(through)).toMatchObject({ kind: 'accepted' })
    await fetch(`${sandbox.url}/messages`, { method: 'DELETE' })
  }

  async function attempt(through = providers): Promise<Outcome> {
    const before = await requests()
    const outcome = await send(through, { deliveryId })
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
  it('credentials that are wrong are ours to mend', async () => {
    const { FCM_SERVICE_ACCOUNT = '{}', SMTP_URL = '' } = sandbox.environment
    const wrong = providersOf(
      {
        ...sandbox.environment,
        APNS_KEY_ID: 'WRONGKEYID',
        FCM_SERVICE_ACCOUNT: JSON.stringify({ ...JSON.parse(FCM_SERVICE_ACCOUNT), client_email: 'x@example.com' }),
        SENDGRID_API_KEY: 'SG.wrong',
        AWS_SECRET_ACCESS_KEY: 'wrong',
        SMTP_URL: SMTP_URL.replace('carillon:', 'somebody:'),
        TWILIO_AUTH_TOKEN: 'wrong',
        VONAGE_API_SECRET: 'wrong',
      },
      timeoutMs,
    )
    const outcomes = await Promise.all(adapters.map(({ attempt }) => attempt(wrong)))
    expect(outcomes.map(({ kind }) => kind)).toEqual(adapters.map(() => 'config'))
    await wrong.close()
  })

  it.each([
    ['apns', 'zz', 'stale_target'],
    ['fcm', 'zz', 'stale_target'],
    ['sendgrid', 'nobody', 'stale_target'],
    ['ses', 'nobody', 'permanent'],
    ['smtp', 'nobody', 'stale_target'],
    ['twilio', '123', 'stale_target'],
    ['vonage', '123', 'stale_target'],
  ] as const)('an address that %s does not take, %s, is %s', async (name, to, kind) => {
    expect(await adapterOf(name).attempt(providers, { to })).toMatchObject({ kind })
  })

  it('a message that is too big never succeeds', async () => {
    const outcome = await adapterOf('apns').attempt(providers, { body: 'x'.repeat(5_000) })
    expect(outcome).toEqual({ kind: 'permanent', code: '413 PayloadTooLarge' })
  })

  it('one access token serves everybody who asks for one at once', async () => {
    const fresh = providersOf(sandbox.environment, timeoutMs)
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => adapterOf('fcm').attempt(fresh)))
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['accepted']))
    await fresh.close()
  })
})

async function unusedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
