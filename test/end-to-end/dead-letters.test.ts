import { expect, inject, it } from 'vitest'
import { z } from 'zod'
import {
  DeadLettersDocument,
  type DeadLettersQueryVariables,
  RedriveDeadLettersDocument,
  type RedriveDeadLettersInput,
} from '../generated/operations.ts'
import { rowsOf } from '../setup/database.ts'
import { ask } from '../setup/graphql.ts'
import { channelStates, funnelCounts, orderShipped, outcomes, read, send, stateOf } from '../setup/notification.ts'
import { aPerson, type Person } from '../setup/person.ts'
import { reached, withFault } from '../setup/sandbox.ts'

const carillon = inject('carillon')
const { adminApiKey } = carillon.demo
const patience = { timeout: 30_000, interval: 25 }

it('keeps what a provider has refused, and delivers it when it is redriven, once', async () => {
  const id = await refused(await aPerson(carillon))
  const letter = {
    id: expect.stringMatching(`^ded_${id.slice(4)}~sms~user-`),
    notificationId: id,
    recipientId: expect.any(String),
    channel: 'SMS',
    provider: 'twilio',
    reason: 'stale_target',
    attempts: 1,
  }
  expect(await listed({ notificationId: id })).toEqual({ totalCount: 1, nodes: [letter] })
  expect(await listed({ notificationId: id, provider: 'twilio', reason: 'stale_target' })).toMatchObject({
    totalCount: 1,
  })
  expect(await listed({ notificationId: id, provider: 'sendgrid' })).toEqual({ totalCount: 0, nodes: [] })
  expect(funnelCounts(await read(carillon, id))).toEqual({ accepted: 1, fanned_out: 1, dispatched: 1, failed: 1 })

  expect(await redriven({ notificationId: id, dryRun: true })).toBe(1)
  expect(await redriven({ notificationId: id })).toBe(1)
  await expect.poll(() => stateOf(carillon, id), patience).toBe('DONE')
  expect(await channelStates(carillon, id)).toEqual({ SMS: 'SENT' })
  expect(await outcomes(carillon, id, 'SMS')).toEqual(['stale_target', 'accepted'])
  expect(await reached(carillon, id)).toEqual(['twilio'])
  expect(funnelCounts(await read(carillon, id))).toEqual({ accepted: 1, fanned_out: 1, dispatched: 1, sent: 1 })
  expect(await listed({ notificationId: id })).toEqual({ totalCount: 0, nodes: [] })
  expect(await redriven({ notificationId: id })).toBe(0)
  expect(await reached(carillon, id)).toEqual(['twilio'])
})

it('is a dead letter again, counted once, while the provider still refuses', async () => {
  const person = await aPerson(carillon)
  const id = await refused(person)
  const [first] = (await listed({ notificationId: id })).nodes
  await withFault(carillon, 'twilio', { kind: 'stale_target', to: person.phone }, async () => {
    expect(await redriven({ ids: [first?.id ?? ''] })).toBe(1)
    await expect.poll(() => stateOf(carillon, id), patience).toBe('DONE')
  })
  expect(await listed({ notificationId: id })).toEqual({ totalCount: 1, nodes: [{ ...first, attempts: 2 }] })
  expect(await channelStates(carillon, id)).toEqual({ SMS: 'FAILED stale_target' })
  expect(funnelCounts(await read(carillon, id))).toEqual({ accepted: 1, fanned_out: 1, dispatched: 1, failed: 1 })
})

it('does not try again what has been delivered', async () => {
  const { userId } = await aPerson(carillon)
  const id = await send(carillon, orderShipped([userId], { channels: ['SMS'] }))
  await expect.poll(() => stateOf(carillon, id), patience).toBe('DONE')
  const deadLetterId = `ded_${id.slice(4)}~sms~${userId}`
  expect(await redriven({ ids: [deadLetterId] })).toBe(0)
  expect(await reached(carillon, id)).toEqual(['twilio'])
})

it('ends what workers fail at again and again as a dead letter, and lets nothing wait behind it', async () => {
  const { userId, phone } = await aPerson(carillon)
  const down = { kind: 'unavailable', to: phone }
  const id = await withFault(carillon, 'vonage', down, () =>
    withFault(carillon, 'twilio', down, async () => {
      const id = await send(carillon, orderShipped([userId], { channels: ['SMS'] }))
      // A worker that has it already closes it, and a retry is as whole as it was: that one is broken, then.
      await expect.poll(() => broken(id, 0).then(() => faultsOf(id)), patience).toBeGreaterThan(0)
      return id
    }),
  )
  const next = await send(carillon, orderShipped([userId], { channels: ['SMS'] }))
  await expect.poll(() => stateOf(carillon, next), patience).toBe('DONE')
  expect(await reached(carillon, next)).toEqual(['twilio'])

  await broken(id, 20)
  await expect.poll(() => stateOf(carillon, id), patience).toBe('DONE')
  expect(await listed({ notificationId: id })).toMatchObject({
    totalCount: 1,
    nodes: [{ recipientId: null, channel: 'SMS', reason: 'internal_error' }],
  })
  expect(await redriven({ notificationId: id })).toBe(0)
})

/** Breaks the open slice of a notification, which is due now and has failed so often. */
function broken(notificationId: string, faults: number): Promise<readonly unknown[]> {
  return rowsOf(
    carillon,
    `UPDATE slice SET targets = '{"not":"targets"}', faults = $2, generation = generation + $2, due_at = now()
      WHERE notification_id = $1 AND open RETURNING id`,
    [notificationId, faults],
  )
}

async function faultsOf(notificationId: string): Promise<number> {
  const rows = await rowsOf(carillon, 'SELECT sum(faults)::int AS faults FROM slice WHERE notification_id = $1', [
    notificationId,
  ])
  return z.array(z.object({ faults: z.number() })).parse(rows)[0]?.faults ?? 0
}

/** A notification by SMS that Twilio refused, when it is done. */
async function refused({ userId, phone }: Person): Promise<string> {
  return withFault(carillon, 'twilio', { kind: 'stale_target', to: phone }, async () => {
    const id = await send(carillon, orderShipped([userId], { channels: ['SMS'] }))
    await expect.poll(() => stateOf(carillon, id), patience).toBe('DONE')
    return id
  })
}

async function listed(variables: DeadLettersQueryVariables) {
  return (await ask(carillon, adminApiKey, DeadLettersDocument, variables)).deadLetters
}

async function redriven(input: RedriveDeadLettersInput): Promise<number> {
  return (await ask(carillon, adminApiKey, RedriveDeadLettersDocument, { input })).redriveDeadLetters.count
}
