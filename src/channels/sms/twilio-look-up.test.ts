import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Sandbox, startSandbox } from '../../sandbox/start.ts'
import type { Answer } from '../exchange.ts'
import type { Provider, SmsMessage } from '../provider.ts'
import { openTwilio } from './twilio.ts'
import { findingOf } from './twilio-look-up.ts'

const folder = mkdtempSync(join(tmpdir(), 'carillon-look-up-'))
let sandbox: Sandbox
let twilio: Provider<SmsMessage>

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, dataDir: folder })
  const variable = (name: string) => sandbox.environment[name] ?? ''
  twilio = openTwilio({
    accountSid: variable('TWILIO_ACCOUNT_SID'),
    authToken: variable('TWILIO_AUTH_TOKEN'),
    from: variable('TWILIO_FROM'),
    url: variable('TWILIO_URL'),
    timeoutMs: 500,
  })
})
afterAll(async () => {
  await twilio.close?.()
  await sandbox.close()
  rmSync(folder, { recursive: true })
})
beforeEach(() => fault({ kind: 'ok' }))

async function fault(order: object): Promise<void> {
  await fetch(`${sandbox.url}/faults/twilio`, { method: 'PUT', body: JSON.stringify(order) })
}

let number = 0

/** To a number of its own. */
function aMessage(body: string): SmsMessage {
  number++
  return {
    deliveryId: 'dlv_01kaxyz0000000000000000000~sms~ann',
    collapseId: 'c',
    tier: 'TRANSACTIONAL',
    to: `+49151${10_000_000 + number}`,
    content: { body, segments: 1 },
    expiresAt: new Date(Date.now() + 60_000),
  }
}

const never = () => new AbortController().signal
const since = () => new Date(Date.now() - 1000)

async function lookUp(message: SmsMessage, from = since()): Promise<unknown> {
  return twilio.lookUp?.(message, from, never())
}

test('finds a message whose answer was lost', async () => {
  const message = aMessage('Your code is 4711 – für Ada')
  await fault({ kind: 'lose_answer', count: 1 })
  expect(await twilio.attempt(message, never())).toMatchObject({ kind: 'unknown' })
  expect(await lookUp(message)).toEqual({ kind: 'found', messageIds: [expect.stringMatching(/^SM/)] })
})

test('does not find one that never arrived, nor another text, nor one from before', async () => {
  const [lost, sent] = [aMessage('lost'), aMessage('sent')]
  await fault({ kind: 'reset', count: 1 })
  expect(await twilio.attempt(lost, never())).toMatchObject({ kind: 'unknown' })
  await twilio.attempt(sent, never())
  expect([
    await lookUp(lost),
    await lookUp({ ...sent, content: { body: 'another', segments: 1 } }),
    await lookUp(sent, new Date(Date.now() + 60_000)),
  ]).toEqual([{ kind: 'absent' }, { kind: 'absent' }, { kind: 'absent' }])
})

test.each(['hang', 'reset', 'throttle', 'unavailable', 'lose_answer'])(
  'knows nothing when Twilio cannot be asked (%s)',
  async (kind) => {
    const message = aMessage('hello')
    await twilio.attempt(message, never())
    await fault({ kind })
    expect(await lookUp(message)).toEqual({ kind: 'unavailable' })
  },
)

const message = aMessage('hello')
const created = (at: Date) => at.toUTCString().replace('GMT', '+0000')

function answered(messages: readonly object[], change: object = {}): Answer {
  const body = JSON.stringify({ first_page_uri: '/…', messages, ...change })
  return { kind: 'answered', status: 200, headers: {}, body }
}

test('knows nothing when the list goes on, or is none', () => {
  const other = { to: message.to, body: 'another', date_created: created(new Date()) }
  const findings = [
    answered(Array(100).fill(other)),
    answered([], { first_page_uri: undefined }),
    { ...answered([]), body: '<html>' },
    { ...answered([]), status: 204 },
  ].map((answer) => findingOf(answer, message, since()))
  expect(findings).toEqual(Array(4).fill({ kind: 'unavailable' }))
})

test('allows for a clock that is a little late', () => {
  const at = new Date()
  const ours = (ms: number) => [
    { sid: 'SM1', to: message.to, body: 'hello', date_created: created(new Date(at.getTime() + ms)) },
  ]
  expect(findingOf(answered(ours(-3000)), message, at)).toEqual({ kind: 'found', messageIds: ['SM1'] })
  expect(findingOf(answered(ours(-10_000)), message, at)).toEqual({ kind: 'absent' })
})
