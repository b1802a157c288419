import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { at } from './json.ts'
import { segments } from './segments.ts'
import { type Sandbox, startSandbox } from './start.ts'
import {
  aDataDir,
  aDeliveryId,
  emptyLedger,
  getJson,
  replied,
  type SmsOptions,
  twilioClient,
  value,
} from './test-clients.ts'

let sandbox: Sandbox
let twilio: ReturnType<typeof twilioClient>

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, dataDir: aDataDir() })
  twilio = twilioClient(sandbox)
})
beforeEach(() => emptyLedger(sandbox))
afterAll(() => sandbox.close())

async function refusal(options: SmsOptions): Promise<readonly [number, unknown]> {
  const { status, body } = replied(await twilio.request(options))
  return [status, at(body, 'code')]
}

test('queues a message', async () => {
  const { status, body } = replied(await twilio.request({ form: { Body: 'a'.repeat(161) } }))
  expect(status).toBe(201)
  expect(body).toMatchObject({
    sid: expect.stringMatching(/^SM[0-9a-f]{32}$/),
    account_sid: value(sandbox, 'TWILIO_ACCOUNT_SID'),
    status: 'queued',
    num_segments: '2',
    error_code: null,
    to: '+351912345678',
  })
})

test('accepts a message of a messaging service', async () => {
  const form = { From: undefined, MessagingServiceSid: `MG${'0'.repeat(32)}` }
  expect(replied(await twilio.request({ form })).body).toMatchObject({
    status: 'accepted',
    messaging_service_sid: form.MessagingServiceSid,
  })
})

test('finds the delivery id in the address of the status callback', async () => {
  const StatusCallback = `https://example.com/webhooks/twilio?delivery=${encodeURIComponent(aDeliveryId('sms', 'user+1@x'))}&a=b`
  await twilio.request({ form: { StatusCallback, Body: 'Olá €' } })
  expect(await getJson(sandbox, '/messages')).toMatchObject([
    {
      provider: 'twilio',
      channel: 'SMS',
      to: '+351912345678',
      recipientId: 'user+1@x',
      deliveryId: aDeliveryId('sms', 'user+1@x'),
      content: 'Olá €',
    },
  ])
})

async function list(query: Readonly<Record<string, string>>): Promise<Record<string, unknown>> {
  const [sid, token] = [value(sandbox, 'TWILIO_ACCOUNT_SID'), value(sandbox, 'TWILIO_AUTH_TOKEN')]
  const url = `${value(sandbox, 'TWILIO_URL')}/2010-04-01/Accounts/${sid}/Messages.json?${new URLSearchParams(query)}`
  const authorization = `Basic ${Buffer.from(`${sid}:${token}`).toString('base64')}`
  return await (await fetch(url, { headers: { authorization } })).json()
}

test('lists what it has accepted, newest first, by number and day, in pages', async () => {
  for (const Body of ['one', 'two', 'three']) await twilio.request({ form: { Body } })
  await twilio.request({ form: { Body: 'to somebody else', To: '+351912345679' } })
  const bodies = async (query: Readonly<Record<string, string>>) => {
    const { messages, next_page_uri: next } = await list({ To: '+351912345678', ...query })
    const texts = Array.isArray(messages) ? messages.map((message) => at(message, 'body')) : []
    return [texts, next !== null]
  }
  const [today, tomorrow] = [new Date(), new Date(Date.now() + 86_400_000)].map((day) => day.toISOString().slice(0, 10))
  expect(await bodies({})).toEqual([['three', 'two', 'one'], false])
  expect(await bodies({ PageSize: '2' })).toEqual([['three', 'two'], true])
  expect(await bodies({ PageSize: '2', Page: '1' })).toEqual([['one'], false])
  expect(await bodies({ 'DateSent>': today ?? '' })).toEqual([['three', 'two', 'one'], false])
  expect(await bodies({ 'DateSent>': tomorrow ?? '' })).toEqual([[], false])
  expect(await bodies({ DateSent: tomorrow ?? '' })).toEqual([[], false])
})

test('does not count a look at its list as something to be sent', async () => {
  const before = await getJson(sandbox, '/faults')
  await list({})
  expect(await getJson(sandbox, '/faults')).toEqual(before)
})

test('leaves the ids of a message without one empty', async () => {
  await twilio.request()
  expect(await getJson(sandbox, '/messages')).toMatchObject([
    { recipientId: null, notificationId: null, deliveryId: null },
  ])
})

test('wants its token and its account, and answers with a page to read', async () => {
  expect(replied(await twilio.request({ token: 'wrong' }))).toMatchObject({
    status: 401,
    body: { code: 20003, message: 'Authenticate', more_info: 'https://www.twilio.com/docs/errors/20003', status: 401 },
  })
  expect(await refusal({ account: `AC${'0'.repeat(32)}` })).toEqual([404, 20404])
})

test.each<[number, string, SmsOptions['form']]>([
  [21604, 'no To', { To: undefined }],
  [21211, 'a To that is no number', { To: '0912345678' }],
  [21211, 'a To that is too long', { To: '+1234567890123456' }],
  [21603, 'no From', { From: undefined }],
  [21212, 'a From that is none', { From: 'not-a-sender!' }],
  [21602, 'no Body', { Body: undefined }],
  [21617, 'a Body of 1601 characters', { Body: 'é'.repeat(1601) }],
  [21609, 'a callback that is no address', { StatusCallback: 'nowhere' }],
  [20001, 'a validity beyond ten hours', { ValidityPeriod: '36001' }],
])('answers %i to %s', async (code, _, form) => {
  expect(await refusal({ form: form ?? {} })).toEqual([400, code])
})

test.each<[string, number]>([
  ['', 1],
  ['a'.repeat(160), 1],
  ['a'.repeat(161), 2],
  [`${'a'.repeat(159)}€`, 2],
  ['ж'.repeat(70), 1],
  ['ж'.repeat(71), 2],
  ['🎉'.repeat(35), 1],
  ['a'.repeat(460), 4],
])('counts the segments of a text', (text, count) => {
  expect(segments(text)).toBe(count)
})
