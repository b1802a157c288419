import { randomBytes, randomInt } from 'node:crypto'
import { join } from 'node:path'
import { print } from 'graphql'
import { afterAll, expect, inject, it } from 'vitest'
import { z } from 'zod'
import {
  NotificationChangedDocument,
  type SendNotificationInput,
  UpsertUsersDocument,
} from '../generated/operations.ts'
import { type BadWebhook, badWebhooks } from '../setup/bad-webhooks.ts'
import { rowsOf } from '../setup/database.ts'
import { ask, post as askGateway, bearer } from '../setup/graphql.ts'
import { overSocket } from '../setup/live.ts'
import { channelStates, funnelCounts, orderShipped, outcomes, read, send, stateOf } from '../setup/notification.ts'
import { aPerson, type Person } from '../setup/person.ts'
import { reached, withFault } from '../setup/sandbox.ts'
import { post, startSenders } from '../setup/senders.ts'

const carillon = inject('carillon')
const { gateway, sandbox, apiKey } = carillon.demo
const patience = { timeout: 20_000, interval: 25 }

const senders = await startSenders({ folder: join(carillon.dataDir, 'sandbox'), url: sandbox, gateway })
afterAll(() => senders.close())

/** An address that plays a part in the sandbox, and that nobody else has. */
const playing = (part: string) => `${part}+${randomBytes(5).toString('hex')}@example.com`

async function state(id: string, channel: string): Promise<string | undefined> {
  return (await channelStates(carillon, id))[channel]
}

/** Sends on one channel; resolves with what has become of it when that is this. */
async function becomes(input: SendNotificationInput, channel: 'EMAIL' | 'SMS', expected: string): Promise<string> {
  const id = await send(carillon, { ...input, channels: [channel] })
  await expect.poll(() => state(id, channel), patience).toBe(expected)
  return id
}

function newsletter({ userId }: Person): SendNotificationInput {
  const data = { headline: 'A new bell', teaser: 'It rings.' }
  return { template: 'marketing.newsletter', audience: { userIds: [userId] }, data }
}

it('shows what has arrived, in its deliveries and in its funnel, also to whoever watches', async () => {
  const { userId } = await aPerson(carillon)
  const id = await send(carillon, orderShipped([userId]))
  const watching = overSocket(carillon, apiKey, { query: print(NotificationChangedDocument), variables: { id } })
  await expect
    .poll(() => channelStates(carillon, id), patience)
    .toEqual({ IN_APP: 'SENT', PUSH: 'SENT', EMAIL: 'DELIVERED', SMS: 'DELIVERED' })
  await expect.poll(() => stateOf(carillon, id), patience).toBe('DONE')
  const counts = { accepted: 1, fanned_out: 1, dispatched: 4, sent: 4, delivered: 2 }
  expect(funnelCounts(await read(carillon, id))).toEqual(counts)
  const seen = () => funnelCounts(event.parse(watching.events.at(-1)).data.notificationChanged)
  await expect.poll(seen, patience).toEqual(counts)
  await watching.close()
})

const funnel = z.array(z.object({ stage: z.string(), count: z.number() }))
const event = z.object({ data: z.object({ notificationChanged: z.object({ funnel }) }) })

it('sends nothing more to an address that has bounced, of any tier, until she has another one', async () => {
  const person = await aPerson(carillon, { email: playing('bounce') })
  const order = orderShipped([person.userId])
  const bounced = await becomes(order, 'EMAIL', 'FAILED bounced')
  expect(funnelCounts(await read(carillon, bounced))).toMatchObject({ sent: 1, failed: 1 })
  const deadLetter = 'SELECT reason, provider FROM dead_letter WHERE notification_id = $1'
  expect(await rowsOf(carillon, deadLetter, [bounced])).toEqual([{ reason: 'bounced', provider: 'sendgrid' }])

  for (const input of [order, newsletter(person)]) {
    const id = await becomes(input, 'EMAIL', 'SUPPRESSED bounced')
    expect([await reached(carillon, id), await outcomes(carillon, id, 'EMAIL')]).toEqual([[], []])
    expect(await explained(id, person)).toEqual([['EMAIL', 'available', 'suppress', 'bounced']])
  }

  const users = [{ id: person.userId, email: `${person.userId}@example.org` }]
  await ask(carillon, apiKey, UpsertUsersDocument, { input: { users } })
  await becomes(order, 'EMAIL', 'DELIVERED')
})

async function explained(notificationId: string, { userId }: Person): Promise<readonly unknown[]> {
  const query = `query ($notificationId: ID!, $recipientId: ID!) {
    explainDelivery(notificationId: $notificationId, recipientId: $recipientId) {
      decisions { channel rule outcome reason } } }`
  const variables = { notificationId, recipientId: userId }
  const { body } = await askGateway(carillon, { query, variables }, bearer(apiKey))
  const { decisions } = explanation.parse(body).data.explainDelivery
  return decisions.map(({ channel, rule, outcome, reason }) => [channel, rule, outcome, reason])
}

const step = z.object({ channel: z.string(), rule: z.string(), outcome: z.string(), reason: z.string().nullable() })
const explanation = z.object({ data: z.object({ explainDelivery: z.object({ decisions: z.array(step) }) }) })

it('sends no more mail to whoever has complained of it', async () => {
  const person = await aPerson(carillon, { email: playing('complaint') })
  await becomes(orderShipped([person.userId]), 'EMAIL', 'DELIVERED')
  const next = async () => becomesSomething(orderShipped([person.userId]), 'EMAIL')
  await expect.poll(next, patience).toBe('SUPPRESSED complained')
})

it('turns mail off for whoever has unsubscribed at the provider, and leaves the rest on', async () => {
  const person = await aPerson(carillon, { email: playing('unsubscribe') })
  await becomes(newsletter(person), 'EMAIL', 'DELIVERED')
  await expect.poll(() => becomesSomething(newsletter(person), 'EMAIL'), patience).toBe('SUPPRESSED channel_off')
  await becomes(orderShipped([person.userId]), 'SMS', 'DELIVERED')
  const consent = 'SELECT channel, became, credential FROM consent_change WHERE user_id = $1'
  expect(await rowsOf(carillon, consent, [person.userId])).toEqual([
    { channel: 'EMAIL', became: false, credential: 'email_unsubscribe' },
  ])
})

/** What has become of a new one, when it has been decided. */
async function becomesSomething(input: SendNotificationInput, channel: 'EMAIL' | 'SMS'): Promise<string | undefined> {
  const id = await send(carillon, { ...input, channels: [channel] })
  await expect.poll(() => stateOf(carillon, id), patience).toBe('DONE')
  return state(id, channel)
}

it('sends no more SMS to a number that does not exist, and more to one that could not be reached', async () => {
  const dead = await aPerson(carillon, { phone: `+15005551${randomInt(100, 999)}` })
  await becomes(orderShipped([dead.userId]), 'SMS', 'FAILED bounced')
  await becomes(orderShipped([dead.userId]), 'SMS', 'SUPPRESSED bounced')
  const away = await aPerson(carillon, { phone: `+15005552${randomInt(100, 999)}` })
  for (let n = 0; n < 2; n++) await becomes(orderShipped([away.userId]), 'SMS', 'FAILED undelivered_30007')
})

it('knows a mail whose answer was lost as soon as its provider tells of it', async () => {
  const { userId, email } = await aPerson(carillon)
  const id = await withFault(carillon, 'sendgrid', { kind: 'lose_answer', to: email, count: 1 }, async () => {
    const input: SendNotificationInput = { ...newsletter(await aPerson(carillon)), audience: { userIds: [userId] } }
    return becomes(input, 'EMAIL', 'DELIVERED')
  })
  expect(await outcomes(carillon, id, 'EMAIL')).toEqual(['unknown'])
  expect(await reached(carillon, id)).toEqual(['sendgrid'])
})

it('pushes to no token that has died, from any process, from the next notification on', async () => {
  const { userId, iosToken } = await aPerson(carillon)
  const liked: SendNotificationInput = {
    template: 'social.like',
    audience: { userIds: [userId] },
    data: { who: 'Ada' },
    channels: ['PUSH'],
  }
  const order = orderShipped([userId], { channels: ['PUSH'] })
  // Bulk runs in a process of its own: now both of them remember her devices.
  for (const input of [order, liked]) await pushed(input)
  const died = await withFault(carillon, 'apns', { kind: 'stale_target', to: iosToken }, () => pushed(order))
  const later = [await pushed(liked), await pushed(order)]
  expect(await reached(carillon, died)).toEqual(['fcm'])
  for (const id of later) expect(await outcomes(carillon, id, 'PUSH')).toEqual(['accepted'])
})

async function pushed(input: SendNotificationInput): Promise<string> {
  const id = await send(carillon, input)
  await expect.poll(() => stateOf(carillon, id), patience).toBe('DONE')
  return id
}

it.each([
  ['sendgrid', 'EMAIL'],
  ['ses', 'EMAIL'],
  ['twilio', 'SMS'],
  ['vonage', 'SMS'],
] as const)('refuses bad webhooks of %s without a word, and counts them', async (provider, channel) => {
  const { userId } = await aPerson(carillon, channel === 'EMAIL' ? { email: playing('silent') } : { phone: silent() })
  const notificationId = await becomes(orderShipped([userId]), channel, 'SENT')
  const key = { notificationId, channel, recipientId: userId }
  const good = await senders.call(provider, key, 'delivered')
  const old = await senders.call(provider, key, 'delivered', { at: new Date(Date.now() - 2 * 3_600_000) })
  const before = await refused(provider)
  const bad = badWebhooks(provider, good, old)
  const answers: BadWebhook[0 | 1][][] = []
  for (const [what, , request] of bad) answers.push([what, ...(await post(gateway, request))])
  expect(answers).toEqual(bad.map(([what, status]) => [what, status, '']))
  expect((await refused(provider)) - before).toBe(bad.length)
  expect(await state(notificationId, channel)).toBe('SENT')

  expect(await post(gateway, good)).toEqual([204, ''])
  await expect.poll(() => state(notificationId, channel), patience).toBe('DELIVERED')
})

const silent = () => `+15005553${randomInt(100, 999)}`

/** How many webhooks of a provider were not accepted so far. */
async function refused(provider: string): Promise<number> {
  const text = await (await fetch(`${gateway}/metrics`)).text()
  const lines = text.split('\n').filter((line) => line.startsWith('carillon_webhooks_total{'))
  const counted = lines.filter((line) => line.includes(`provider="${provider}"`) && !line.includes('fate="accepted"'))
  return counted.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}
