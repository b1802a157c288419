import { randomInt } from 'node:crypto'
import { jetstreamManager } from '@nats-io/jetstream'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startFeedback } from '../src/feedback.ts'
import { aGateway, type TestGateway } from '../src/gateway/a-gateway.ts'
import type { Running } from '../src/roles.ts'
import { preferencesOf } from '../src/store/preferences.ts'
import { upsertUsers } from '../src/store/users.ts'
import { feedbackStream } from '../src/streams/messages.ts'
import { feedbackConsumer } from '../src/streams/topology.ts'
import { unique } from './setup/schema-app.ts'
import { aMessageSid, authToken, publicUrl, sendWebhook, type Webhook } from './setup/twilio.ts'

const webhooks = { publicUrl, twilio: { authToken } }
let gateway: TestGateway
let worker: Running

beforeAll(async () => {
  gateway = await aGateway({ settings: { webhooks } })
  await gateway.app.streams.declare()
  worker = startFeedback(gateway.app)
})
afterAll(async () => {
  await worker.stop()
  await gateway.close()
})

/** Somebody with a number of her own, or with the one given. */
async function somebody(phone = `+49151${randomInt(10_000_000, 99_999_999)}`) {
  const userId = unique('user')
  await upsertUsers(gateway.app.database, [{ id: userId, phone }], new Date())
  return { userId, phone }
}

function reply(from: string, Body: string, MessageSid = aMessageSid()): Webhook {
  return { form: { MessageSid, From: from, To: '+15005550006', Body, AccountSid: `AC${'0'.repeat(32)}` } }
}

async function wantsSms(userId: string): Promise<boolean> {
  return (await preferencesOf(gateway.app.database, userId)).channels.SMS
}

async function recorded(userId: string): Promise<readonly unknown[]> {
  const { rows } = await gateway.app.database.pool.query(
    'SELECT subject, channel, was, became, changed_by, credential FROM consent_change WHERE user_id = $1 ORDER BY id',
    [userId],
  )
  return rows
}

it('turns SMS off for whoever answers STOP, on again when she answers START, and records both', async () => {
  const { userId, phone } = await somebody()
  expect(await sendWebhook(gateway.url, reply(phone, 'Stop.'))).toEqual([204, ''])
  await expect.poll(() => wantsSms(userId)).toBe(false)
  expect(await sendWebhook(gateway.url, reply(phone, 'START'))).toEqual([204, ''])
  await expect.poll(() => wantsSms(userId)).toBe(true)
  const change = { subject: 'CHANNEL', channel: 'SMS', changed_by: userId, credential: 'sms_reply' }
  expect(await recorded(userId)).toEqual([
    { ...change, was: true, became: false },
    { ...change, was: false, became: true },
  ])
})

it('does so for everybody who has that number, and for nobody else', async () => {
  const mother = await somebody()
  const [child, stranger] = [await somebody(mother.phone), await somebody()]
  await sendWebhook(gateway.url, reply(mother.phone, 'STOP'))
  const all = () => Promise.all([mother, child, stranger].map(({ userId }) => wantsSms(userId)))
  await expect.poll(all).toEqual([false, false, true])
})

it('obeys a reply once, however often and late it comes', async () => {
  const { userId, phone } = await somebody()
  const stop = reply(phone, 'STOP')
  await sendWebhook(gateway.url, stop)
  await expect.poll(() => wantsSms(userId)).toBe(false)
  await sendWebhook(gateway.url, reply(phone, 'START'))
  await expect.poll(() => wantsSms(userId)).toBe(true)
  expect(await sendWebhook(gateway.url, stop)).toEqual([204, ''])
  await everythingIsDone()
  expect(await wantsSms(userId)).toBe(true)
})

/** Whatever has been published has been worked on. */
async function everythingIsDone(): Promise<void> {
  const manager = await jetstreamManager(gateway.app.streams.connection)
  const left = async () => {
    const { num_pending, num_ack_pending } = await manager.consumers.info(feedbackStream, feedbackConsumer)
    return [num_pending, num_ack_pending]
  }
  await expect.poll(left).toEqual([0, 0])
}

it('changes nothing for a webhook that Twilio has not signed, or that is none, and does not say why', async () => {
  const { userId, phone } = await somebody()
  const stop = reply(phone, 'STOP')
  const answers = [
    await sendWebhook(gateway.url, { ...stop, signature: undefined }),
    await sendWebhook(gateway.url, { ...stop, signature: '0/KCTR6DLpKmkAf8muzZqo1nDgQ=' }),
    await sendWebhook(gateway.url, { ...stop, contentType: 'application/json' }),
    await sendWebhook(gateway.url, { form: { ...stop.form, MessageSid: 'none' } }),
    await sendWebhook(gateway.url, { form: { ...stop.form, Padding: 'x'.repeat(65_536) } }),
  ]
  expect(answers).toEqual([
    [401, ''],
    [401, ''],
    [400, ''],
    [400, ''],
    [413, ''],
  ])
  expect((await fetch(`${gateway.url}/webhooks/twilio`)).status).toBe(405)
  await everythingIsDone()
  expect(await recorded(userId)).toEqual([])
})

it.each([
  ['HELP', {}],
  ['a text', { Body: 'when does it arrive?' }],
  ['STOP that Twilio has taken for something else', { Body: 'STOP', OptOutType: 'HELP' }],
  ['what became of a message', { MessageStatus: 'delivered' }],
])('takes %s and changes nothing', async (_, values) => {
  const { userId, phone } = await somebody()
  const { form } = reply(phone, 'HELP')
  const query = `?delivery=dlv_01kaxyz0000000000000000000%7Esms%7E${userId}`
  expect(await sendWebhook(gateway.url, { form: { ...form, ...values }, query })).toEqual([204, ''])
  await everythingIsDone()
  expect(await recorded(userId)).toEqual([])
})

it('takes STOP from a number that nobody has', async () => {
  expect(await sendWebhook(gateway.url, reply('+491510000000', 'STOP'))).toEqual([204, ''])
})

it('has the provider send it again when it cannot be kept', async () => {
  const { phone } = await somebody()
  const other = await aGateway({ settings: { webhooks } })
  await other.app.streams.close()
  expect(await sendWebhook(other.url, reply(phone, 'STOP'))).toEqual([503, ''])
  await other.close()
})

it('takes no webhooks where Twilio is not configured', async () => {
  const other = await aGateway()
  expect((await sendWebhook(other.url, reply('+4915112345678', 'STOP')))[0]).toBe(404)
  await other.close()
})
