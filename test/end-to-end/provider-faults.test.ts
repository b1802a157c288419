import { randomInt } from 'node:crypto'
import { expect, inject, it } from 'vitest'
import { DevicesDocument } from '../generated/operations.ts'
import { ask } from '../setup/graphql.ts'
import { channelStates, orderShipped, outcomes, send, stateOf } from '../setup/notification.ts'
import { aPerson } from '../setup/person.ts'
import { ledger, reached, withFault } from '../setup/sandbox.ts'

const carillon = inject('carillon')
const patience = { timeout: 30_000, interval: 25 }

it('tries again after 503, twice if need be, and delivers once', async () => {
  const { userId, androidToken } = await aPerson(carillon)
  const id = await withFault(carillon, 'fcm', { kind: 'unavailable', to: androidToken, count: 2 }, () =>
    sentTo(userId, 'PUSH'),
  )
  expect((await outcomes(carillon, id, 'PUSH')).toSorted()).toEqual(['accepted', 'accepted', 'retryable', 'retryable'])
  expect(await reached(carillon, id)).toEqual(['apns', 'fcm'])
})

it('tries again after 429, and no earlier than the provider asks', async () => {
  const { userId, androidToken } = await aPerson(carillon)
  const began = Date.now()
  const id = await withFault(carillon, 'fcm', { kind: 'throttle', to: androidToken, count: 1 }, () =>
    sentTo(userId, 'PUSH'),
  )
  const row = (await ledger(carillon, id)).find(({ provider }) => provider === 'fcm')
  expect(Date.parse(row?.at ?? '') - began).toBeGreaterThanOrEqual(2000)
  expect((await outcomes(carillon, id, 'PUSH')).toSorted()).toEqual(['accepted', 'accepted', 'retryable'])
})

it.each(['unavailable', 'throttle'])('fails over to the next provider at once when one refuses (%s)', async (kind) => {
  const { userId, email, phone } = await aPerson(carillon)
  const mail = await withFault(carillon, 'sendgrid', { kind, to: email }, () => sentTo(userId, 'EMAIL'))
  expect(await outcomes(carillon, mail, 'EMAIL')).toEqual(['retryable', 'accepted'])
  expect(await reached(carillon, mail)).toEqual(['ses'])
  const sms = await withFault(carillon, 'twilio', { kind, to: phone }, () => sentTo(userId, 'SMS'))
  expect(await outcomes(carillon, sms, 'SMS')).toEqual(['retryable', 'accepted'])
  expect(await reached(carillon, sms)).toEqual(['vonage'])
})

it('fails over twice, down to a mail server of our own', async () => {
  const { userId, email } = await aPerson(carillon)
  const down = { kind: 'unavailable', to: email }
  const id = await withFault(carillon, 'sendgrid', down, () =>
    withFault(carillon, 'ses', down, () => sentTo(userId, 'EMAIL')),
  )
  expect(await outcomes(carillon, id, 'EMAIL')).toEqual(['retryable', 'retryable', 'accepted'])
  expect(await reached(carillon, id)).toEqual(['smtp'])
})

it('replaces a push whose answer was lost, on the device, by its collapse id', async () => {
  const { userId, iosToken } = await aPerson(carillon)
  const id = await withFault(carillon, 'apns', { kind: 'lose_answer', to: iosToken, count: 1 }, () =>
    sentTo(userId, 'PUSH'),
  )
  const rows = await ledger(carillon, id)
  expect(rows.map(({ provider }) => provider).sort()).toEqual(['apns', 'apns', 'fcm'])
  expect(new Set(rows.map(({ collapseId }) => collapseId))).toHaveProperty('size', 1)
  expect((await outcomes(carillon, id, 'PUSH')).toSorted()).toEqual(['accepted', 'accepted', 'unknown'])
})

it('sends a push again that hung at the provider', async () => {
  const { userId, androidToken } = await aPerson(carillon)
  const id = await withFault(carillon, 'fcm', { kind: 'hang', to: androidToken, count: 1 }, () =>
    sentTo(userId, 'PUSH'),
  )
  expect(await reached(carillon, id)).toEqual(['apns', 'fcm'])
  expect((await outcomes(carillon, id, 'PUSH')).toSorted()).toEqual(['accepted', 'accepted', 'unknown'])
})

it('holds an SMS whose answer was lost as UNKNOWN, finds it in the records of its provider, and sends it once', async () => {
  // Of messages to this number Twilio tells nothing by itself.
  const phone = `+15005553${randomInt(100, 999)}`
  const { userId } = await aPerson(carillon, { phone })
  const id = await withFault(carillon, 'twilio', { kind: 'lose_answer', to: phone, count: 1 }, async () => {
    const id = await send(carillon, orderShipped([userId], { channels: ['SMS'] }))
    await expect.poll(() => channelStates(carillon, id), patience).toEqual({ SMS: 'UNKNOWN awaiting_evidence' })
    await expect.poll(() => stateOf(carillon, id), patience).toBe('DONE')
    return id
  })
  expect(await channelStates(carillon, id)).toEqual({ SMS: 'SENT' })
  expect([await outcomes(carillon, id, 'SMS'), await reached(carillon, id)]).toEqual([['unknown'], ['twilio']])
})

it('sends an SMS again after three seconds that its provider knows nothing of, through the next one', async () => {
  const { userId, phone } = await aPerson(carillon)
  const began = Date.now()
  const id = await withFault(carillon, 'twilio', { kind: 'reset', to: phone, count: 1 }, () => sentTo(userId, 'SMS'))
  const [row] = await ledger(carillon, id)
  expect(Date.parse(row?.at ?? '') - began).toBeGreaterThanOrEqual(3000)
  expect([await outcomes(carillon, id, 'SMS'), await reached(carillon, id)]).toEqual([
    ['unknown', 'accepted'],
    ['vonage'],
  ])
})

it('calls a slow provider once, and does not give up on it', async () => {
  const { userId, email } = await aPerson(carillon)
  const id = await withFault(carillon, 'sendgrid', { kind: 'slow', to: email, afterMs: 1000 }, () =>
    sentTo(userId, 'EMAIL'),
  )
  expect(await outcomes(carillon, id, 'EMAIL')).toEqual(['accepted'])
  expect(await reached(carillon, id)).toEqual(['sendgrid'])
})

it('forgets a device whose token is dead, and still reaches the other one', async () => {
  const { userId, iosToken } = await aPerson(carillon)
  const id = await withFault(carillon, 'apns', { kind: 'stale_target', to: iosToken }, () => sentTo(userId, 'PUSH'))
  expect(await channelStates(carillon, id)).toEqual({ PUSH: 'SENT' })
  expect(await reached(carillon, id)).toEqual(['fcm'])
  const { user } = await ask(carillon, carillon.demo.apiKey, DevicesDocument, { userId })
  expect(user?.devices.toSorted((a, b) => a.deviceId.localeCompare(b.deviceId))).toEqual([
    { deviceId: 'iphone', isActive: false },
    { deviceId: 'pixel', isActive: true },
  ])
  const next = await sentTo(userId, 'PUSH')
  expect(await outcomes(carillon, next, 'PUSH')).toEqual(['accepted'])
})

/** A notification on one channel, when it is done. */
async function sentTo(userId: string, channel: 'PUSH' | 'EMAIL' | 'SMS'): Promise<string> {
  const id = await send(carillon, orderShipped([userId], { channels: [channel] }))
  await expect.poll(() => stateOf(carillon, id), patience).toBe('DONE')
  return id
}
