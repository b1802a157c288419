import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DeliveryKey } from '../src/domain/ids.ts'
import { startFeedback } from '../src/feedback.ts'
import { aGateway, type TestGateway } from '../src/gateway/a-gateway.ts'
import type { Lanes } from '../src/lanes.ts'
import { registry } from '../src/metrics.ts'
import { readRecipients } from '../src/store/recipients.ts'
import { upsertUsers } from '../src/store/users.ts'
import { aDeliveryKey, logged } from './setup/a-delivery.ts'
import { badWebhooks, withWrongSignature } from './setup/bad-webhooks.ts'
import { post, startSenders, type TestSenders } from './setup/senders.ts'

let senders: TestSenders
let gateway: TestGateway
let worker: Lanes

beforeAll(async () => {
  senders = await startSenders()
  gateway = await aGateway({ settings: { webhooks: senders.settings } })
  await gateway.app.streams.declare()
  worker = startFeedback(gateway.app)
})
afterAll(async () => {
  await worker.stop()
  await gateway.close()
  senders.close()
})

const patience = { timeout: 10_000 }
const providers = [
  ['sendgrid', 'EMAIL'],
  ['ses', 'EMAIL'],
  ['twilio', 'SMS'],
  ['vonage', 'SMS'],
] as const

async function aSentDelivery(channel: 'EMAIL' | 'SMS', provider: (typeof providers)[number][0]): Promise<DeliveryKey> {
  const { database } = gateway.app
  return logged(database, await aDeliveryKey(database.pool, channel), { provider })
}

async function stateOf({ notificationId }: DeliveryKey): Promise<unknown> {
  const { rows } = await gateway.app.database.pool.query(
    'SELECT state, reason FROM delivery WHERE notification_id = $1',
    [notificationId],
  )
  return rows[0]
}

async function fates(provider: string): Promise<Readonly<Record<string, number>>> {
  const metric = await registry.getSingleMetric('carillon_webhooks_total')?.get()
  const of = (metric?.values ?? []).filter(({ labels }) => labels['provider'] === provider)
  return Object.fromEntries(of.map(({ labels, value }) => [String(labels['fate']), value]))
}

describe.each(providers)('a webhook of %s', (provider, channel) => {
  it('tells that a delivery has arrived', async () => {
    const key = await aSentDelivery(channel, provider)
    expect(await post(gateway.url, await senders.call(provider, key, 'delivered'))).toEqual([204, ''])
    await expect.poll(() => stateOf(key), patience).toEqual({ state: 'DELIVERED', reason: null })
  })

  it('may come twice, and late', async () => {
    const key = await aSentDelivery(channel, provider)
    const [delivered, accepted] = [
      await senders.call(provider, key, 'delivered'),
      await senders.call(provider, key, 'accepted'),
    ]
    for (const call of [delivered, delivered, accepted]) expect((await post(gateway.url, call))[0]).toBe(204)
    await expect.poll(() => stateOf(key), patience).toEqual({ state: 'DELIVERED', reason: null })
  })

  it('tells that an address is dead: nothing goes there any more, through whichever provider', async () => {
    const key = await aSentDelivery(channel, provider)
    const to = channel === 'EMAIL' ? `${key.recipientId}@example.com` : `+4915${Date.now().toString().slice(-9)}`
    await upsertUsers(
      gateway.app.database,
      [{ id: key.recipientId, ...(channel === 'EMAIL' ? { email: to } : { phone: to }) }],
      new Date(),
    )
    await post(gateway.url, await senders.call(provider, key, 'bounced', { address: to }))
    await expect.poll(() => stateOf(key), patience).toEqual({ state: 'FAILED', reason: 'bounced' })
    const suppressed = async () =>
      (await readRecipients(gateway.app.database.pool, [key.recipientId])).get(key.recipientId)?.suppressed
    await expect.poll(suppressed, patience).toEqual({ [channel]: 'bounced' })
  })

  it('changes nothing, answers nothing, and is counted, when it is bad', async () => {
    const key = await aSentDelivery(channel, provider)
    const good = await senders.call(provider, key, 'delivered')
    const old = await senders.call(provider, key, 'delivered', { at: new Date(Date.now() - 2 * 3_600_000) })
    const before = await fates(provider)
    const bad = badWebhooks(provider, good, old)
    for (const [what, status, call] of bad) {
      expect([what, ...(await post(gateway.url, call))]).toEqual([what, status, ''])
    }
    const after = await fates(provider)
    const counted = Object.entries(after).map(([fate, count]) => [fate, count - (before[fate] ?? 0)])
    expect(Object.fromEntries(counted.filter(([, count]) => count !== 0))).toEqual({
      unsigned: 2,
      ...(provider === 'twilio' ? {} : { stale: 1 }),
      too_long: 1,
      malformed: 1,
      wrong_method: 1,
    })
    expect(await stateOf(key)).toEqual({ state: 'SENT', reason: null })
  })

  it('is sent again when it cannot be kept', async () => {
    const key = await aSentDelivery(channel, provider)
    const other = await aGateway({ settings: { webhooks: senders.settings } })
    await other.app.streams.close()
    expect(await post(other.url, await senders.call(provider, key, 'delivered'))).toEqual([503, ''])
    await other.close()
  })
})

it('takes no webhooks of providers that are not configured', async () => {
  const other = await aGateway()
  const statuses = providers.map(async ([provider]) => (await fetch(`${other.url}/webhooks/${provider}`)).status)
  expect(await Promise.all(statuses)).toEqual([404, 404, 404, 404])
  await other.close()
})

it('confirms the subscription to the topic of SES, once SNS has asked for it', async () => {
  const asked = await senders.ses.introduce?.(new Date())
  if (asked === undefined) throw new Error('SNS does not ask')
  expect(await post(gateway.url, withWrongSignature(asked))).toEqual([401, ''])
  expect(await senders.ses.introduce?.(new Date())).toBeDefined()
  expect(await post(gateway.url, asked)).toEqual([204, ''])
  expect(await senders.ses.introduce?.(new Date())).toBeUndefined()
})
