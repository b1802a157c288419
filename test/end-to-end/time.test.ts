import { expect, inject, it } from 'vitest'
import { channelStates, funnelCounts, orderShipped, read, send, stateOf } from '../setup/notification.ts'
import { aPerson } from '../setup/person.ts'
import { ledger, reached, requests, withFault } from '../setup/sandbox.ts'

const carillon = inject('carillon')
const patience = { timeout: 20_000, interval: 50 }

it('holds a notification until its instant, then sends it at once', async () => {
  const { userId } = await aPerson(carillon)
  const sendAt = new Date(Date.now() + 3000)
  const id = await send(carillon, orderShipped([userId], { sendAt: sendAt.toISOString() }))
  expect(await read(carillon, id)).toMatchObject({
    state: 'SCHEDULED',
    sendAt: sendAt.toISOString(),
    recipientCount: 0,
  })
  await expect.poll(() => stateOf(carillon, id), patience).toBe('DONE')
  const late = (await ledger(carillon, id)).map(({ at }) => Date.parse(at) - sendAt.getTime())
  console.log(`scheduled: ${Math.min(...late)} to ${Math.max(...late)} ms after its instant`)
  expect(late).toHaveLength(4)
  expect(Math.min(...late)).toBeGreaterThanOrEqual(0)
  expect(Math.max(...late)).toBeLessThan(5000)
})

it('lets a delivery expire whose provider recovers too late, and never sends it', async () => {
  const { userId, phone } = await aPerson(carillon)
  const down = { kind: 'unavailable', to: phone }
  const id = await withFault(carillon, 'vonage', down, () =>
    withFault(carillon, 'twilio', down, async () => {
      const input = orderShipped([userId], { channels: ['SMS'], expiresAt: new Date(Date.now() + 2500).toISOString() })
      const id = await send(carillon, input)
      await expect.poll(() => stateOf(carillon, id), patience).toBe('DONE')
      return id
    }),
  )
  expect(await channelStates(carillon, id)).toEqual({ SMS: 'EXPIRED expired' })
  expect(funnelCounts(await read(carillon, id))).toEqual({ accepted: 1, fanned_out: 1, dispatched: 1, expired: 1 })

  // Twilio is well again: another SMS goes through, this one stays where it is.
  const before = await requests(carillon)
  const next = await send(carillon, orderShipped([userId], { channels: ['SMS'] }))
  await expect.poll(() => reached(carillon, next), patience).toEqual(['twilio'])
  expect((await requests(carillon))['twilio']).toBe((before['twilio'] ?? 0) + 1)
  expect(await reached(carillon, id)).toEqual([])
})

it('expires what has not been expanded before its deadline', async () => {
  const { userId } = await aPerson(carillon)
  const [sendAt, expiresAt] = [new Date(Date.now() + 1000), new Date(Date.now() + 1001)]
  const times = { sendAt: sendAt.toISOString(), expiresAt: expiresAt.toISOString() }
  const id = await send(carillon, orderShipped([userId], times))
  await expect.poll(() => stateOf(carillon, id), patience).toBe('DONE')
  expect(await reached(carillon, id)).toEqual([])
  expect(new Set(Object.values(await channelStates(carillon, id)))).toEqual(new Set(['EXPIRED expired']))
})
