import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type VonageOptions, vonageClient } from './a-vonage-client.ts'
import { at, listAt } from './json.ts'
import { type Sandbox, startSandbox } from './start.ts'
import { aDataDir, aDeliveryId, emptyLedger, getJson, replied } from './test-clients.ts'

let sandbox: Sandbox
let vonage: ReturnType<typeof vonageClient>

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, dataDir: aDataDir() })
  vonage = vonageClient(sandbox)
})
beforeEach(() => emptyLedger(sandbox))
afterAll(() => sandbox.close())

async function statuses(options: VonageOptions): Promise<readonly unknown[]> {
  const { status, body } = replied(await vonage.request(options))
  return [status, ...listAt(body, 'messages').map((part) => at(part, 'status'))]
}

test('accepts a message, and answers with each part of it', async () => {
  const { status, body } = replied(await vonage.request({ message: { text: 'a'.repeat(161) } }))
  const part = { to: '351912345678', 'message-id': expect.stringMatching(/^[0-9a-f-]{36}$/), status: '0' }
  expect([status, body]).toEqual([
    200,
    { 'message-count': '2', messages: [expect.objectContaining(part), expect.objectContaining(part)] },
  ])
})

test('accepts a form with the credentials in it', async () => {
  expect(await statuses({ form: true })).toEqual([200, '0'])
  expect(await statuses({ form: true, secret: 'wrong' })).toEqual([200, '4'])
})

test('finds the delivery id in the reference of the client', async () => {
  await vonage.request({ message: { 'client-ref': aDeliveryId('sms'), text: 'Olá €' } })
  expect(await getJson(sandbox, '/messages')).toMatchObject([
    {
      provider: 'vonage',
      channel: 'SMS',
      to: '+351912345678',
      recipientId: 'u-1',
      deliveryId: aDeliveryId('sms'),
      content: 'Ol? €',
      from: 'Carillon',
    },
  ])
})

test('carries every character only as unicode', async () => {
  await vonage.request({ message: { text: 'Привет', type: 'unicode' } })
  await vonage.request({ message: { text: 'Привет' } })
  expect(await getJson(sandbox, '/messages')).toMatchObject([
    { content: 'Привет', deliveryId: null },
    { content: '??????' },
  ])
})

test.each<[string, string, VonageOptions]>([
  ['4', 'the wrong secret', { secret: 'wrong' }],
  ['2', 'no sender', { message: { from: undefined } }],
  ['15', 'a sender that is none', { message: { from: 'not-a-sender!' } }],
  ['2', 'no recipient', { message: { to: undefined } }],
  ['3', 'a number with a plus', { message: { to: '+351912345678' } }],
  ['6', 'a number that is nowhere', { message: { to: '123' } }],
  ['2', 'no text', { message: { text: undefined } }],
  ['12', 'a text without end', { message: { text: 'a'.repeat(3201) } }],
  ['3', 'a type that is none', { message: { type: 'emoji' } }],
  ['3', 'a time to live that is over', { message: { ttl: 0 } }],
  ['3', 'a reference of 101 characters', { message: { 'client-ref': 'a'.repeat(101) } }],
  ['23', 'a callback that is no address', { message: { callback: 'nowhere' } }],
  ['23', 'a callback of 101 characters', { message: { callback: `https://example.com/${'a'.repeat(81)}` } }],
])('answers 200 and %s to %s', async (status, _, options) => {
  expect(await statuses(options)).toEqual([200, status])
  expect(await getJson(sandbox, '/messages')).toEqual([])
})

test('is at one address only', async () => {
  expect(replied(await vonage.request({ path: '/sms/xml' })).status).toBe(404)
})
