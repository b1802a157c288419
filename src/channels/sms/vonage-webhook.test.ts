import { createHash } from 'node:crypto'
import { SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { signed as sandboxSigned } from '../../sandbox/vonage-receipts.ts'
import type { WebhookRequest } from '../webhook.ts'
import { checkVonageSig } from './vonage-signature.ts'
import { vonageWebhook } from './vonage-webhook.ts'

const signatureSecret = 'secret'
const at = new Date(1_461_605_396_000)
const { read } = vonageWebhook({ signatureSecret })

/** Of the tests of Vonage's own libraries (vonage-python-sdk, tests/test_signature.py), by the method of the account. */
const vectors = {
  md5hash: '6af838ef94998832dbfc29020b564830',
  md5: 'c15c21ced558c93a226c305f58f902f2',
  sha1: '3e19a4e6880fdc2c1426bfd0587c98b9532f0210',
  sha256: 'a321e824b9b816be7c3f28859a31749a098713d39f613c80d455bbaffae1cd24',
  sha512:
    '812a18f76680fa0fe1b8bd9ee1625466ceb1bd96242e4d050d2cfd9a7b40166c63ed26ec9702168781b6edcf1633db8ff95af9341701004eec3fcf9550572ee8',
}
const params = { a: '1', b: '2', timestamp: '1461605396' }

test.each(Object.entries(vectors))('knows what Vonage has signed with %s, in either case', (_, sig) => {
  expect(checkVonageSig(signatureSecret, { ...params, sig }, at)).toBe('signed')
  expect(checkVonageSig(signatureSecret, { ...params, sig: sig.toUpperCase() }, at)).toBe('signed')
})

test.each([
  ['another secret', 'secrets', { ...params, sig: vectors.sha256 }],
  ['no signature', 'secret', params],
  ['half a signature', 'secret', { ...params, sig: vectors.sha256.slice(0, 32) }],
  ['another value', 'secret', { ...params, a: '2', sig: vectors.sha256 }],
  ['a value more', 'secret', { ...params, c: '3', sig: vectors.md5hash }],
  ['its values moved about', 'secret', { a: '1&b=2', timestamp: '1461605396', sig: vectors.md5hash }],
])('does not take one with %s', (_, secret, values) => {
  expect(checkVonageSig(secret, values, at)).toBe('unsigned')
})

test('does not take what was sent long ago, nor what does not say when', () => {
  const later = new Date(at.getTime() + 11 * 60_000)
  expect(checkVonageSig(signatureSecret, { ...params, sig: vectors.sha256 }, later)).toBe('stale')
  expect(checkVonageSig(signatureSecret, sandboxSigned({ a: '1' }, signatureSecret), at)).toBe('stale')
})

const deliveryId = 'dlv_01kaxyz0000000000000000000~sms~ann'
const receipt = {
  msisdn: '4915112345678',
  to: 'Carillon',
  messageId: '0A0000000123ABCD1',
  status: 'delivered',
  'err-code': '0',
  'client-ref': deliveryId,
  timestamp: '1461605396',
}
type Values = Readonly<Record<string, string>>

function byGet(values: Values): WebhookRequest {
  const query = new URLSearchParams(sandboxSigned(values, signatureSecret))
  return { method: 'GET', url: `/webhooks/vonage?${query}`, headers: {}, body: Buffer.alloc(0), at }
}

function byForm(values: Values): WebhookRequest {
  const body = Buffer.from(new URLSearchParams(sandboxSigned(values, signatureSecret)).toString())
  return { ...byGet(values), method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body }
}

function byJson(values: Values): WebhookRequest {
  const body = Buffer.from(JSON.stringify(sandboxSigned(values, signatureSecret)))
  return { ...byForm(values), headers: { 'content-type': 'application/json' }, body }
}

async function byToken(values: Values, claims: object = {}, secret = signatureSecret): Promise<WebhookRequest> {
  const body = Buffer.from(JSON.stringify(values))
  const payload = { iat: at.getTime() / 1000, payload_hash: createHash('sha256').update(body).digest('hex'), ...claims }
  const token = await new SignJWT(payload).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret))
  return { ...byJson(values), headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body }
}

const report = { deliveryId, at, eventId: '0A0000000123ABCD1.delivered', kind: 'delivered', code: 'delivered' }

test.each([
  ['GET', byGet],
  ['a form', byForm],
  ['JSON', byJson],
  ['JSON with a token', byToken],
])('reads a receipt by %s', async (_, make) => {
  expect(await read(await make(receipt))).toEqual({ kind: 'events', events: [report] })
})

test('does not take a token of another secret, of another body, without one, of none, or an old one', async () => {
  const { authorization = '' } = (await byToken(receipt)).headers
  const token = (claims: object) => byToken(receipt, claims)
  const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${String(authorization).split('.')[1]}.`
  const requests = [
    await byToken(receipt, {}, 'another secret'),
    { ...(await byToken(receipt)), body: Buffer.from(JSON.stringify({ ...receipt, status: 'failed' })) },
    await token({ payload_hash: undefined }),
    { ...(await byToken(receipt)), headers: { 'content-type': 'application/json', authorization: `Bearer ${none}` } },
    { ...(await byToken(receipt)), method: 'GET', url: `/webhooks/vonage?${new URLSearchParams(receipt)}` },
    await token({ iat: at.getTime() / 1000 - 601 }),
    await token({ iat: undefined }),
    await token({ exp: at.getTime() / 1000 - 1 }),
  ]
  const kinds = await Promise.all(requests.map(async (each) => (await read(each)).kind))
  expect(kinds).toEqual(['unsigned', 'unsigned', 'unsigned', 'unsigned', 'unsigned', 'stale', 'stale', 'stale'])
})

test.each([
  ['accepted', '0', { kind: 'accepted', code: 'accepted' }],
  ['buffered', '0', { kind: 'accepted', code: 'buffered' }],
  ['failed', '6', { kind: 'failed', code: 'failed_6' }],
  ['expired', '1', { kind: 'failed', code: 'expired_1' }],
  ['failed', '9', { kind: 'bounced', code: 'failed_9', suppress: { reason: 'bounced', address: '+4915112345678' } }],
  [
    'rejected',
    '3',
    { kind: 'bounced', code: 'rejected_3', suppress: { reason: 'bounced', address: '+4915112345678' } },
  ],
])('reads a receipt of a message that is %s (%s)', async (status, error, expected) => {
  const { events } = Object(await read(byGet({ ...receipt, status, 'err-code': error })))
  expect(events).toEqual([{ deliveryId, at, eventId: `0A0000000123ABCD1.${status}`, ...expected }])
})

test.each([
  ['whose fate Vonage does not know', { status: 'unknown' }],
  ['that is none of ours', { 'client-ref': 'order-17' }],
])('has no use for a receipt of a message %s', async (_, change) => {
  expect(await read(byGet({ ...receipt, ...change }))).toEqual({ kind: 'events', events: [] })
})

test('reads STOP and START', async () => {
  const { msisdn, to, messageId, timestamp } = receipt
  const reply = async (text: string) => Object(await read(byGet({ msisdn, to, messageId, timestamp, text }))).events
  const from = '+4915112345678'
  expect(await reply('Stop!')).toEqual([{ kind: 'reply', messageId, from, word: 'stop' }])
  expect(await reply('start')).toEqual([{ kind: 'reply', messageId, from, word: 'start' }])
  expect(await reply('when does it arrive?')).toEqual([])
})

test.each(['', 'not JSON', '[]', 'null', '{"messageId":{"a":1}}'])('has no use for %j', async (body) => {
  expect(await read({ ...byJson(receipt), body: Buffer.from(body) })).toEqual({ kind: 'malformed' })
})

test('has no use for what is signed, and no message', async () => {
  expect(await read(byGet({ timestamp: '1461605396', status: 'delivered' }))).toEqual({ kind: 'malformed' })
})
