import { expect, inject, it } from 'vitest'
import { channelStates, funnelCounts, orderShipped, read, send, stateOf } from '../setup/notification.ts'
import { aPerson } from '../setup/person.ts'
import { reached, withFault } from '../setup/sandbox.ts'

const carillon = inject('carillon')
const patience = { timeout: 15_000, interval: 50 }

it('routing FIRST takes a notification to the inbox and to one other channel', async () => {
  const { userId } = await aPerson(carillon)
  const id = await send(carillon, orderShipped([userId], { routing: 'FIRST' }))
  await expect.poll(() => stateOf(carillon, id), patience).toBe('DONE')
  expect(await channelStates(carillon, id)).toEqual({ IN_APP: 'SENT', PUSH: 'SENT' })
  expect(await reached(carillon, id)).toEqual(['apns', 'fcm'])
})

it('routing FIRST goes on to the next channel when one fails for good, without a dead letter', async () => {
  const { userId, iosToken } = await aPerson(carillon)
  const id = await withFault(carillon, 'apns', { kind: 'stale_target', to: iosToken }, async () => {
    const id = await send(carillon, orderShipped([userId], { routing: 'FIRST', channels: ['PUSH', 'SMS', 'IN_APP'] }))
    await expect.poll(() => stateOf(carillon, id), patience).toBe('DONE')
    return id
  })
  // The Android phone got it: that is enough.
  expect(await channelStates(carillon, id)).toEqual({ IN_APP: 'SENT', PUSH: 'SENT' })

  const phone = await aPerson(carillon)
  const mail = await withFault(carillon, 'sendgrid', { kind: 'stale_target', to: phone.email }, async () => {
    const input = orderShipped([phone.userId], { routing: 'FIRST', channels: ['EMAIL', 'SMS', 'IN_APP'] })
    const id = await send(carillon, input)
    await expect.poll(() => stateOf(carillon, id), patience).toBe('DONE')
    return id
  })
  await expect
    .poll(() => channelStates(carillon, mail), patience)
    .toEqual({ IN_APP: 'SENT', EMAIL: 'FAILED stale_target', SMS: 'DELIVERED' })
  expect(await reached(carillon, mail)).toEqual(['twilio'])
  expect(funnelCounts(await read(carillon, mail))).toMatchObject({ accepted: 1, fanned_out: 1, sent: 2, failed: 1 })
})

it('routing EVERY leaves the other channels alone when one fails for good', async () => {
  const { userId, phone } = await aPerson(carillon)
  const id = await withFault(carillon, 'twilio', { kind: 'stale_target', to: phone }, async () => {
    const id = await send(carillon, orderShipped([userId]))
    await expect.poll(() => stateOf(carillon, id), patience).toBe('DONE')
    return id
  })
  await expect
    .poll(() => channelStates(carillon, id), patience)
    .toEqual({ IN_APP: 'SENT', PUSH: 'SENT', EMAIL: 'DELIVERED', SMS: 'FAILED stale_target' })
  expect(await reached(carillon, id)).toEqual(['apns', 'fcm', 'sendgrid'])
})
