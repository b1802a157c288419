import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { aClientOfEach } from './a-client-of-each.ts'
import { seededRandom } from './faults.ts'
import { at, listAt } from './json.ts'
import { type Sandbox, startSandbox } from './start.ts'
import {
  aDataDir,
  device,
  emptyLedger,
  getJson,
  putFault,
  replied,
  type Seen,
  type TestClient,
} from './test-clients.ts'

const names = ['apns', 'fcm', 'sendgrid', 'ses', 'smtp', 'twilio', 'vonage'] as const
type Name = (typeof names)[number]
let sandbox: Sandbox
let clients: readonly TestClient[]
let impatient: readonly TestClient[]

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, dataDir: aDataDir(), random: seededRandom(1) })
  clients = await aClientOfEach(sandbox)
  impatient = await aClientOfEach(sandbox, 200)
})
beforeEach(async () => {
  await emptyLedger(sandbox)
  for (const name of names) await putFault(sandbox, name, { kind: 'ok' })
})
afterAll(async () => {
  for (const client of [...clients, ...impatient]) client.close()
  await sandbox.close()
})

function clientOf(name: string, among = clients): TestClient {
  const found = among.find(({ provider }) => provider === name)
  if (!found) throw new Error(`no client of ${name}`)
  return found
}

async function rows(): Promise<number> {
  const found = await getJson(sandbox, '/messages')
  return Array.isArray(found) ? found.length : -1
}

async function counts(name: string): Promise<readonly unknown[]> {
  const state = at(await getJson(sandbox, '/faults'), name)
  return ['requests', 'accepted', 'refused'].map((count) => at(state, count))
}

/** Vonage says it in the body. */
function isAccepted(seen: Seen): boolean {
  if (typeof seen === 'string') return false
  const parts = listAt(seen.body, 'messages')
  return seen.status < 300 && parts.every((part) => at(part, 'status') === '0')
}

describe.each(names)('%s', (name) => {
  test('throttles, with Retry-After where there are headers, and accepts nothing', async () => {
    await putFault(sandbox, name, { kind: 'throttle' })
    const { status, headers, body } = replied(await clientOf(name).send())
    const [code, said] = throttled[name]
    expect([status, headers['retry-after'], await rows()]).toEqual([code, name === 'smtp' ? undefined : '2', 0])
    expect(body).toEqual(said)
  })

  test('is unavailable and accepts nothing', async () => {
    await putFault(sandbox, name, { kind: 'unavailable' })
    const { status, body } = replied(await clientOf(name).send())
    expect([status, await rows()]).toEqual([name === 'smtp' ? 421 : 503, 0])
    expect(body).toEqual(unavailable[name])
  })

  test('says that an address is dead', async () => {
    await putFault(sandbox, name, { kind: 'stale_target' })
    const { status, body } = replied(await clientOf(name).send())
    expect([status, await rows()]).toEqual([stale[name][0], 0])
    expect(body).toEqual(stale[name][1])
  })

  test('hangs without accepting', async () => {
    await putFault(sandbox, name, { kind: 'hang', count: 1 })
    expect([await clientOf(name, impatient).send(), await rows()]).toEqual(['no answer', 0])
    expect(isAccepted(await clientOf(name).send())).toBe(true)
  })

  test('cuts the connection before it accepts', async () => {
    await putFault(sandbox, name, { kind: 'reset' })
    expect([await clientOf(name).send(), await rows()]).toEqual(['cut', 0])
  })

  test('cuts the connection after it has accepted', async () => {
    await putFault(sandbox, name, { kind: 'lose_answer' })
    expect([await clientOf(name).send(), await rows()]).toEqual(['cut', 1])
  })

  test('accepts at once and answers late', async () => {
    await putFault(sandbox, name, { kind: 'slow', afterMs: 150 })
    const started = performance.now()
    const answer = clientOf(name).send()
    await expect.poll(rows, { interval: 5 }).toBe(1)
    expect(isAccepted(await answer)).toBe(true)
    expect(performance.now() - started).toBeGreaterThanOrEqual(145)
  })

  test('counts requests, accepted and refused', async () => {
    const [requests, accepted, refused] = (await counts(name)).map(Number)
    await clientOf(name).send()
    await clientOf(name).send('nowhere')
    await putFault(sandbox, name, { kind: 'reset' })
    await clientOf(name).send()
    expect(await counts(name)).toEqual([Number(requests) + 3, Number(accepted) + 1, Number(refused) + 1])
  })
})

const like = (part: object) => expect.objectContaining(part)
const throttled: Record<Name, readonly [number, unknown]> = {
  apns: [429, like({ reason: 'TooManyRequests' })],
  fcm: [
    429,
    { error: like({ code: 429, status: 'RESOURCE_EXHAUSTED', details: [like({ errorCode: 'QUOTA_EXCEEDED' })] }) },
  ],
  sendgrid: [429, { errors: [like({ message: 'too many requests' })] }],
  ses: [429, { message: 'Maximum sending rate exceeded.' }],
  smtp: [450, '4.7.0 Too many messages: slow down'],
  twilio: [429, like({ code: 20429, status: 429 })],
  vonage: [200, { 'message-count': '1', messages: [like({ status: '1' })] }],
}
const unavailable: Record<Name, unknown> = {
  apns: like({ reason: 'ServiceUnavailable' }),
  fcm: { error: like({ code: 503, status: 'UNAVAILABLE', details: [like({ errorCode: 'UNAVAILABLE' })] }) },
  sendgrid: { errors: [like({ message: 'Service Unavailable' })] },
  ses: { message: 'Service is temporarily unavailable.' },
  smtp: '4.3.2 The service is not available: closing the connection',
  twilio: like({ code: 20503, status: 503 }),
  vonage: expect.stringContaining('503 Service Unavailable'),
}
const stale: Record<Name, readonly [number, unknown]> = {
  apns: [410, { reason: 'Unregistered', timestamp: expect.any(Number) }],
  fcm: [404, { error: like({ status: 'NOT_FOUND', details: [like({ errorCode: 'UNREGISTERED' })] }) }],
  sendgrid: [400, { errors: [like({ message: 'Does not contain a valid address.', field: 'personalizations.0.to' })] }],
  ses: [400, { message: "Missing final '@domain'" }],
  smtp: [550, '5.1.1 There is no such mailbox'],
  twilio: [400, like({ code: 21211 })],
  vonage: [200, { 'message-count': '1', messages: [like({ status: '33' })] }],
}

test('SendGrid says in its own headers when to come back', async () => {
  await putFault(sandbox, 'sendgrid', { kind: 'throttle' })
  const { headers } = replied(await clientOf('sendgrid').send())
  const inS = Number(headers['x-ratelimit-reset']) - Date.now() / 1000
  expect([headers['x-ratelimit-remaining'], inS > 0 && inS <= 3]).toEqual(['0', true])
})

test('befalls only the address it names', async () => {
  const other = 'cd'.repeat(32)
  await putFault(sandbox, 'apns', { kind: 'stale_target', to: other.toUpperCase() })
  expect(isAccepted(await clientOf('apns').send(device))).toBe(true)
  expect(replied(await clientOf('apns').send(other)).status).toBe(410)
})

test('befalls so many requests and is over', async () => {
  await putFault(sandbox, 'twilio', { kind: 'unavailable', count: 2 })
  const seen = [await clientOf('twilio').send(), await clientOf('twilio').send(), await clientOf('twilio').send()]
  expect(seen.map(isAccepted)).toEqual([false, false, true])
  expect(at(await getJson(sandbox, '/faults'), 'twilio', 'fault')).toBeNull()
})

test('befalls about the share it names', async () => {
  await putFault(sandbox, 'sendgrid', { kind: 'unavailable', share: 0.3 })
  const seen = await Promise.all(Array.from({ length: 200 }, () => clientOf('sendgrid').send()))
  const refused = seen.filter((each) => !isAccepted(each)).length
  expect(refused).toBeGreaterThan(30)
  expect(refused).toBeLessThan(90)
})

test('with a share of nothing befalls nothing', async () => {
  await putFault(sandbox, 'twilio', { kind: 'reset', share: 0 })
  expect(isAccepted(await clientOf('twilio').send())).toBe(true)
})

test('cutting one push leaves the others of its connection alone', async () => {
  await putFault(sandbox, 'apns', { kind: 'reset', to: device })
  const seen = await Promise.all([device, 'cd'.repeat(32), 'ef'.repeat(32)].map((to) => clientOf('apns').send(to)))
  expect(seen.map(isAccepted)).toEqual([false, true, true])
})

test('tells what is in force', async () => {
  const put = await putFault(sandbox, 'fcm', { kind: 'slow', share: 0.5, afterMs: 20, count: 3 })
  const fault = { kind: 'slow', share: 0.5, to: null, afterMs: 20, count: 3, befell: 0 }
  expect(put).toMatchObject({ status: 200, body: { provider: 'fcm', fault } })
  expect(await getJson(sandbox, '/faults')).toMatchObject({ apns: { provider: 'apns', fault: null }, fcm: { fault } })
})

test('says which field of a fault is wrong', async () => {
  const body = { kind: 'explode', share: 2, to: 7, afterMs: -1, count: 0.5, when: 'now' }
  const reply = await putFault(sandbox, 'apns', body)
  expect(reply.status).toBe(400)
  expect(Object.keys(Object(at(reply.body, 'fields')))).toEqual(['kind', 'share', 'to', 'afterMs', 'count', 'when'])
  expect(await putFault(sandbox, 'apns', [])).toMatchObject({
    status: 400,
    body: { fields: { body: 'must be a JSON object' } },
  })
})

test('knows no other providers', async () => {
  expect(await putFault(sandbox, 'pager', { kind: 'ok' })).toMatchObject({
    status: 404,
    body: { error: 'There is no provider pager; there are apns, fcm, sendgrid, ses, smtp, twilio, vonage.' },
  })
})

test('the same seed gives the same numbers', () => {
  const [one, other] = [seededRandom(7), seededRandom(7)]
  const numbers = Array.from({ length: 100 }, one)
  expect(Array.from({ length: 100 }, other)).toEqual(numbers)
  expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true)
})
