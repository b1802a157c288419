import { generateKeyPairSync, sign } from 'node:crypto'
import { expect, test } from 'vitest'
import type { WebhookRequest } from '../webhook.ts'
import { isSendGridKey, sendGridWebhook } from './sendgrid-webhook.ts'

/** Of the tests of SendGrid's own libraries (sendgrid-nodejs, packages/eventwebhook). */
const vector = {
  key: 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==',
  signature: 'MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=',
  timestamp: '1600112502',
  body: '[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address","sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA","sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0","smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]\r\n',
}
const sentAt = new Date(1_600_112_502_000)

function request(change: Partial<typeof vector> = {}, at = sentAt): WebhookRequest {
  const { signature, timestamp, body } = { ...vector, ...change }
  const headers = {
    'x-twilio-email-event-webhook-signature': signature,
    'x-twilio-email-event-webhook-timestamp': timestamp,
  }
  return { method: 'POST', url: '/webhooks/sendgrid', headers, body: Buffer.from(body), at }
}

const theirs = sendGridWebhook({ publicKey: vector.key })
const minutes = (count: number) => new Date(sentAt.getTime() + count * 60_000)

test('takes what SendGrid has signed: its own example, of a mail that is not ours', async () => {
  expect(await theirs.read(request())).toEqual({ kind: 'events', events: [] })
})

test.each([
  ['without a signature', { signature: '' }],
  ['with a signature that is none', { signature: 'bm90IGEgc2lnbmF0dXJl' }],
  ['with half a signature', { signature: vector.signature.slice(0, 40) }],
  ['of another moment', { timestamp: '1600112503' }],
  ['without a moment', { timestamp: '' }],
  ['whose moment is no number', { timestamp: '1600112502[' }],
  ['with another body', { body: vector.body.replace('hello', 'jello') }],
  ['without its last newline', { body: vector.body.trimEnd() }],
])('does not take one %s', async (_, change) => {
  expect(await theirs.read(request(change))).toEqual({ kind: 'unsigned' })
})

test.each([
  [9, 'events'],
  [11, 'stale'],
  [-11, 'stale'],
])('takes one of %i minutes ago for %s', async (ago, kind) => {
  expect(await theirs.read(request({}, minutes(ago)))).toMatchObject({ kind })
})

test('knows a key that is one', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'der', type: 'spki' })
  const other = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'der', type: 'spki' })
  const keys = [vector.key, 'no key', rsa.toString('base64'), other.toString('base64')]
  expect(keys.map(isSendGridKey)).toEqual([true, false, false, false])
})

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const ours = sendGridWebhook({ publicKey: publicKey.export({ format: 'der', type: 'spki' }).toString('base64') })

function signed(body: string): WebhookRequest {
  const signature = sign('sha256', Buffer.from(vector.timestamp + body), privateKey).toString('base64')
  return request({ body, signature })
}

const deliveryId = 'dlv_01kaxyz0000000000000000000~email~ann'
const common = { email: 'Ann@Example.com', timestamp: 1_600_112_500, sg_event_id: 'e-1', delivery_id: deliveryId }
const report = { deliveryId, eventId: 'e-1', at: new Date(1_600_112_500_000) }
const suppress = (reason: string) => ({ suppress: { reason, address: 'Ann@Example.com' } })

test.each([
  [{ event: 'processed' }, { kind: 'accepted', code: 'processed' }],
  [
    { event: 'deferred', response: '400 try again', attempt: '5' },
    { kind: 'accepted', code: 'deferred' },
  ],
  [{ event: 'delivered' }, { kind: 'delivered', code: 'delivered' }],
  [
    { event: 'bounce', type: 'blocked', status: '4.2.2' },
    { kind: 'accepted', code: 'blocked' },
  ],
  [
    { event: 'bounce', type: 'bounce', status: '5.1.1' },
    { kind: 'bounced', code: 'bounce_5.1.1', ...suppress('bounced') },
  ],
  [
    { event: 'dropped', reason: 'Bounced Address' },
    { kind: 'bounced', code: 'dropped', ...suppress('bounced') },
  ],
  [
    { event: 'dropped', reason: 'Spam Reporting Address' },
    { kind: 'failed', code: 'complained', ...suppress('complained') },
  ],
  [
    { event: 'dropped', reason: 'Spam Content' },
    { kind: 'failed', code: 'dropped_spam_content' },
  ],
  [
    { event: 'dropped', reason: 'mail to ann@example.com' },
    { kind: 'failed', code: 'dropped' },
  ],
  [{ event: 'spamreport' }, { kind: 'complained', code: 'spamreport', ...suppress('complained') }],
  [{ event: 'unsubscribe' }, { kind: 'unsubscribed', code: 'unsubscribe' }],
])('reads %j', async (event, expected) => {
  const reading = await ours.read(signed(JSON.stringify([{ ...common, ...event }])))
  expect(reading).toEqual({ kind: 'events', events: [{ ...report, ...expected }] })
})

test('reads many at once, and passes over what it has no use for', async () => {
  const events = [
    { ...common, event: 'delivered' },
    { ...common, event: 'open' },
    { ...common, event: 'delivered', delivery_id: 'order-17' },
    { ...common, event: 'delivered', delivery_id: `${deliveryId}\u0000` },
    { ...common, event: 'delivered', sg_event_id: undefined },
    'no event',
    null,
    { ...common, event: 'delivered', sg_event_id: 'e-2', timestamp: 2_000_000_000 },
  ]
  expect(await ours.read(signed(JSON.stringify(events)))).toEqual({
    kind: 'events',
    events: [
      { ...report, kind: 'delivered', code: 'delivered' },
      { ...report, kind: 'delivered', code: 'delivered', eventId: 'e-2', at: sentAt },
    ],
  })
})

test.each(['', 'not JSON', '{}', '"delivered"'])('has no use for %j, signed or not', async (body) => {
  expect(await ours.read(signed(body))).toEqual({ kind: 'malformed' })
})
