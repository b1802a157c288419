import { createPrivateKey, type KeyObject, sign } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSnsCertificate } from '../../sandbox/sns-certificate.ts'
import type { WebhookReading, WebhookRequest } from '../webhook.ts'
import { sesWebhook } from './ses-webhook.ts'

const topicArn = 'arn:aws:sns:eu-west-1:123456789012:ses-events'
const certificateUrl = 'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123.pem'
const subscribeUrl = 'https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=t'
const folder = mkdtempSync(join(tmpdir(), 'carillon-sns-'))
afterAll(() => rmSync(folder, { recursive: true }))

let key: KeyObject
let pem = ''
beforeAll(async () => {
  const certificate = await openSnsCertificate(folder)
  key = createPrivateKey(certificate.key)
  pem = certificate.cert
})

/** What was fetched so far, by a reader whose fetching answers with the certificate, or fails. */
function aReader(fails: readonly string[] = []) {
  const fetched: string[] = []
  const webhook = sesWebhook({ topicArn }, async (url) => {
    fetched.push(url.href)
    if (fails.includes(url.href)) throw new Error('no route')
    return pem
  })
  const read = (message: unknown, at = sentAt) => webhook.read(requestOf(message, at))
  return { fetched, read }
}

const sentAt = new Date()

function requestOf(message: unknown, at: Date): WebhookRequest {
  const body = Buffer.from(typeof message === 'string' ? message : JSON.stringify(message))
  return { method: 'POST', url: '/webhooks/ses', headers: {}, body, at }
}

type Fields = Readonly<Record<string, string>>

const notification: Fields = {
  Type: 'Notification',
  MessageId: 'm-1',
  TopicArn: topicArn,
  Message: '{}',
  Timestamp: sentAt.toISOString(),
}
const confirmation: Fields = {
  ...notification,
  Type: 'SubscriptionConfirmation',
  Token: 't',
  SubscribeURL: subscribeUrl,
}
const signedFields: Readonly<Record<string, readonly string[]>> = {
  Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
  SubscriptionConfirmation: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
}

function signed(fields: Fields, version: '1' | '2' = '2'): Fields {
  const names = signedFields[fields['Type'] ?? ''] ?? []
  const text = names.filter((name) => fields[name] !== undefined).map((name) => `${name}\n${fields[name]}\n`)
  const Signature = sign(version === '1' ? 'sha1' : 'sha256', Buffer.from(text.join('')), key).toString('base64')
  return { ...fields, SignatureVersion: version, Signature, SigningCertURL: certificateUrl }
}

test.each(['1', '2'] as const)(
  'takes what SNS has signed (version %s), with a subject and without',
  async (version) => {
    const { read, fetched } = aReader()
    expect(await read(signed(notification, version))).toEqual({ kind: 'events', events: [] })
    expect(await read(signed({ ...notification, Subject: 'Amazon SES' }, version))).toEqual({
      kind: 'events',
      events: [],
    })
    expect(fetched).toEqual([certificateUrl])
  },
)

test.each<[string, Fields]>([
  ['Message', { Message: '{"eventType":"Bounce"}' }],
  ['MessageId', { MessageId: 'm-2' }],
  ['Subject', { Subject: 'added' }],
  ['Timestamp', { Timestamp: new Date(sentAt.getTime() + 1000).toISOString() }],
  ['Signature', { Signature: 'bm9uZQ==' }],
  ['SignatureVersion', { SignatureVersion: '1' }],
])('does not take one whose %s has been changed', async (_, change) => {
  expect(await aReader().read({ ...signed(notification), ...change })).toEqual({ kind: 'unsigned' })
})

test('does not take what another topic has sent, and fetches nothing for it', async () => {
  const { read, fetched } = aReader()
  expect(await read(signed({ ...notification, TopicArn: `${topicArn}-2` }))).toEqual({ kind: 'unsigned' })
  expect(fetched).toEqual([])
})

test.each([
  'http://sns.eu-west-1.amazonaws.com/a.pem',
  'https://sns.eu-west-1.amazonaws.com.evil.example/a.pem',
  'https://evil.example/sns.eu-west-1.amazonaws.com/a.pem',
  'https://sns.eu-west-1.amazonaws.com@evil.example/a.pem',
  'https://sns.eu-west-1.amazonaws.com:8443/a.pem',
  'https://s3.eu-west-1.amazonaws.com/a.pem',
  'https://sns.eu-west-1.amazonaws.com/a.txt',
  'https://169.254.169.254/latest/a.pem',
])('trusts no certificate at %s, and does not fetch it', async (SigningCertURL) => {
  const { read, fetched } = aReader()
  expect(await read({ ...signed(notification), SigningCertURL })).toEqual({ kind: 'unsigned' })
  expect(fetched).toEqual([])
})

test('takes what was sent within the hour in which SNS tries again, and nothing older', async () => {
  const { read } = aReader()
  const after = (minutes: number) => new Date(sentAt.getTime() + minutes * 60_000)
  const kinds = [await read(signed(notification), after(65)), await read(signed(notification), after(75))]
  expect(kinds.map(({ kind }) => kind)).toEqual(['events', 'stale'])
})

test('asks SNS to send again when the certificate cannot be fetched, and fetches it again then', async () => {
  const failing = aReader([certificateUrl])
  expect(await failing.read(signed(notification))).toEqual({ kind: 'unavailable' })
  expect(await failing.read(signed(notification))).toEqual({ kind: 'unavailable' })
  expect(failing.fetched).toHaveLength(2)
})

test('does not take what a certificate has signed that is not valid any more', async () => {
  const inTwentyYears = new Date(sentAt.getTime() + 20 * 365 * 86_400_000)
  const message = signed({ ...notification, Timestamp: inTwentyYears.toISOString() })
  expect(await aReader().read(message, inTwentyYears)).toEqual({ kind: 'unsigned' })
})

test('confirms a subscription that SNS has signed, at an address of SNS only', async () => {
  const good = aReader()
  expect(await good.read(signed(confirmation))).toEqual({ kind: 'events', events: [] })
  expect(good.fetched).toEqual([certificateUrl, subscribeUrl])
  const bad = aReader()
  const elsewhere = { ...confirmation, SubscribeURL: 'https://evil.example/?Action=ConfirmSubscription' }
  expect(await bad.read(signed(elsewhere))).toEqual({ kind: 'unsigned' })
  expect(await bad.read({ ...signed(confirmation), Token: 'u' })).toEqual({ kind: 'unsigned' })
  expect(bad.fetched).toEqual([certificateUrl])
})

test.each(['', 'not JSON', '{}', '[]', JSON.stringify({ ...notification, Type: 'Something' })])(
  'has no use for %j',
  async (body) => {
    expect(await aReader().read(body)).toEqual({ kind: 'malformed' })
  },
)

const deliveryId = 'dlv_01kaxyz0000000000000000000~email~ann'
const timestamp = new Date(sentAt.getTime() - 5000).toISOString()
const mail = {
  messageId: 'ses-1',
  destination: ['ann@example.com'],
  tags: { delivery_id: [Buffer.from(deliveryId).toString('base64url')] },
}
const to = [{ emailAddress: 'Ann <ann@example.com>' }]

async function eventsOf(event: object): Promise<WebhookReading> {
  return aReader().read(signed({ ...notification, Message: JSON.stringify({ mail, ...event }) }))
}

const suppress = (reason: string) => ({ suppress: { reason, address: 'ann@example.com' } })

test.each([
  [
    { eventType: 'Delivery', delivery: { timestamp } },
    { kind: 'delivered', code: 'delivery' },
  ],
  [
    { notificationType: 'Delivery', delivery: { timestamp } },
    { kind: 'delivered', code: 'delivery' },
  ],
  [
    { eventType: 'DeliveryDelay', deliveryDelay: { timestamp } },
    { kind: 'accepted', code: 'delivery_delay' },
  ],
  [
    {
      eventType: 'Bounce',
      bounce: { bounceType: 'Permanent', bounceSubType: 'General', bouncedRecipients: to, timestamp },
    },
    { kind: 'bounced', code: 'bounce_general', ...suppress('bounced') },
  ],
  [
    {
      eventType: 'Bounce',
      bounce: { bounceType: 'Transient', bounceSubType: 'MailboxFull', bouncedRecipients: to, timestamp },
    },
    { kind: 'accepted', code: 'bounce_mailboxfull' },
  ],
  [
    { eventType: 'Complaint', complaint: { complainedRecipients: to, timestamp } },
    { kind: 'complained', code: 'complaint', ...suppress('complained') },
  ],
  [
    {
      eventType: 'Complaint',
      complaint: { complaintSubType: 'OnAccountSuppressionList', complainedRecipients: to, timestamp },
    },
    { kind: 'failed', code: 'complained', ...suppress('complained') },
  ],
  [
    { eventType: 'Subscription', subscription: { timestamp, newTopicPreferences: { unsubscribeAll: true } } },
    { kind: 'unsubscribed', code: 'subscription' },
  ],
])('reads %j', async (event, expected) => {
  const report = { deliveryId, eventId: 'm-1', at: new Date(timestamp) }
  expect(await eventsOf(event)).toEqual({ kind: 'events', events: [{ ...report, ...expected }] })
})

test.each([
  [
    { eventType: 'Send', send: {} },
    { kind: 'accepted', code: 'send' },
  ],
  [
    { eventType: 'Reject', reject: { reason: 'Bad content' } },
    { kind: 'failed', code: 'rejected' },
  ],
  [
    { eventType: 'Rendering Failure', failure: {} },
    { kind: 'failed', code: 'rendering_failure' },
  ],
])('reads %j, which has no time of its own', async (event, expected) => {
  const report = { deliveryId, eventId: 'm-1', at: sentAt }
  expect(await eventsOf(event)).toEqual({ kind: 'events', events: [{ ...report, ...expected }] })
})

test.each([
  { eventType: 'Open', open: {} },
  { eventType: 'Subscription', subscription: { newTopicPreferences: { unsubscribeAll: false } } },
  { eventType: 'Delivery', delivery: { timestamp }, mail: { ...mail, tags: {} } },
  { eventType: 'Delivery', delivery: { timestamp }, mail: { ...mail, tags: { delivery_id: ['b3JkZXItMTc'] } } },
])('has no use for %j', async (event) => {
  expect(await eventsOf(event)).toEqual({ kind: 'events', events: [] })
})
