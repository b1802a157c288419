import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Sandbox, startSandbox } from './start.ts'
import {
  type ApnsOptions,
  aDataDir,
  aPayload,
  apnsClient,
  apnsToken,
  device,
  emptyLedger,
  getJson,
  replied,
} from './test-clients.ts'

let sandbox: Sandbox
let apns: ReturnType<typeof apnsClient>

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, dataDir: aDataDir() })
  apns = apnsClient(sandbox)
})
beforeEach(() => emptyLedger(sandbox))
afterAll(async () => {
  apns.close()
  await sandbox.close()
})

async function refusal(options: ApnsOptions): Promise<readonly [number, unknown]> {
  const { status, body } = replied(await apns.request(options))
  return [status, body]
}

test('accepts a push with an empty body and the id it was given', async () => {
  const id = 'EABEAE54-14A8-11E5-B60B-1697F925EC7B'
  const { status, headers, body } = replied(await apns.request({ headers: { 'apns-id': id } }))
  expect([status, body]).toEqual([200, ''])
  expect(headers['apns-id']).toBe(id.toLowerCase())
})

test('makes an id when it is given none', async () => {
  const { headers } = replied(await apns.request())
  expect(headers['apns-id']).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
})

test('writes what a person sees into the ledger', async () => {
  const payload = {
    aps: { alert: { title: 'Hello', body: 'World' } },
    carillon: {
      deliveryId: 'dlv_01jd0000000000000000000000~push~u~7',
      imageUrl: 'https://example.com/a.png',
      actions: [{ id: 'r', title: 'Reply' }],
    },
  }
  await apns.request({ body: JSON.stringify(payload), headers: { 'apns-collapse-id': 'c-1' } })
  expect(await getJson(sandbox, '/messages')).toEqual([
    {
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      provider: 'apns',
      channel: 'PUSH',
      to: device,
      recipientId: 'u~7',
      notificationId: 'ntf_01jd0000000000000000000000',
      deliveryId: 'dlv_01jd0000000000000000000000~push~u~7',
      collapseId: 'c-1',
      content: 'Hello\nWorld',
      providerId: expect.any(String),
      title: 'Hello',
      body: 'World',
      imageUrl: 'https://example.com/a.png',
      actions: [{ id: 'r', title: 'Reply' }],
    },
  ])
})

test('writes nothing about a push it refuses', async () => {
  await apns.request({ to: 'nonsense' })
  expect(await getJson(sandbox, '/messages')).toEqual([])
})

test('wants a provider token of our key and team that is not an hour old', async () => {
  const nowS = Math.floor(Date.now() / 1000)
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  })
  const forged = apnsToken({ ...sandbox, environment: { ...sandbox.environment, APNS_KEY: String(stranger) } })
  expect(await refusal({ token: undefined })).toEqual([403, { reason: 'MissingProviderToken' }])
  for (const token of [
    forged,
    'a.b.c',
    apnsToken(sandbox, { kid: 'ABCDEFGHIJ' }),
    apnsToken(sandbox, { alg: 'none' }),
  ]) {
    expect(await refusal({ token })).toEqual([403, { reason: 'InvalidProviderToken' }])
  }
  expect(await refusal({ token: apnsToken(sandbox, {}, { iss: 'ABCDEFGHIJ' }) })).toEqual([
    403,
    { reason: 'InvalidProviderToken' },
  ])
  expect(await refusal({ token: apnsToken(sandbox, {}, { iat: nowS - 3700 }) })).toEqual([
    403,
    { reason: 'ExpiredProviderToken' },
  ])
  expect(await refusal({ token: apnsToken(sandbox, {}, { iat: nowS - 3500 }) })).toEqual([200, ''])
})

test.each<[string, number, Readonly<Record<string, string | undefined>>]>([
  ['MissingTopic', 400, { 'apns-topic': undefined }],
  ['TopicDisallowed', 400, { 'apns-topic': 'com.example.other' }],
  ['InvalidPushType', 400, { 'apns-push-type': 'loud' }],
  ['BadPriority', 400, { 'apns-priority': '7' }],
  ['BadPriority', 400, { 'apns-push-type': 'background', 'apns-priority': '10' }],
  ['BadExpirationDate', 400, { 'apns-expiration': 'tomorrow' }],
  ['BadCollapseId', 400, { 'apns-collapse-id': 'é'.repeat(33) }],
  ['BadMessageId', 400, { 'apns-id': '42' }],
])('answers %s (%i) to %j', async (reason, status, headers) => {
  expect(await refusal({ headers })).toEqual([status, { reason }])
})

test('takes a collapse id of 64 bytes, an expiration and a voip topic', async () => {
  const headers = { 'apns-collapse-id': 'c'.repeat(64), 'apns-expiration': '0', 'apns-topic': 'app.carillon.demo.voip' }
  expect(await refusal({ headers })).toEqual([200, ''])
})

test.each(['zz', 'ab'.repeat(31), 'ab'.repeat(101), 'xy'.repeat(32), 'abc'.repeat(27)])(
  'answers BadDeviceToken to %s',
  async (to) => {
    expect(await refusal({ to })).toEqual([400, { reason: 'BadDeviceToken' }])
  },
)

test('wants a device, a path and a method it knows', async () => {
  expect(await refusal({ to: '' })).toEqual([400, { reason: 'MissingDeviceToken' }])
  expect(await refusal({ path: '/4/device/x' })).toEqual([404, { reason: 'BadPath' }])
  expect(await refusal({ method: 'PUT' })).toEqual([405, { reason: 'MethodNotAllowed' }])
})

test('takes 4096 bytes of payload and not one more', async () => {
  const padded = (bytes: number) => {
    const empty = JSON.stringify({ ...aPayload(), pad: '' })
    return JSON.stringify({ ...aPayload(), pad: 'x'.repeat(bytes - empty.length) })
  }
  expect(await refusal({ body: padded(4096) })).toEqual([200, ''])
  expect(await refusal({ body: padded(4097) })).toEqual([413, { reason: 'PayloadTooLarge' }])
})

test.each(['', '{}', '{"aps":', '[]'])('answers PayloadEmpty to the body %j', async (body) => {
  expect(await refusal({ body })).toEqual([400, { reason: 'PayloadEmpty' }])
})
