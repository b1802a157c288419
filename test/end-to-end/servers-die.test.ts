import { afterAll, beforeAll, expect, it } from 'vitest'
import { openKept } from '../../src/local/kept.ts'
import { answersYes, type Carillon, startCarillon } from '../setup/carillon.ts'
import { orderShipped, outcomes, send, stateOf, trySend } from '../setup/notification.ts'
import { aPerson, type Person } from '../setup/person.ts'
import { descendant } from '../setup/processes.ts'
import { reached, reachedOn, withFault } from '../setup/sandbox.ts'

let carillon: Carillon
let person: Person
const patience = { timeout: 40_000, interval: 50 }
/** Whichever provider takes over while everything restarts. */
const everyone = ['EMAIL', 'PUSH', 'PUSH', 'SMS']
const like = { template: 'social.like', data: { who: 'Ada' } }

beforeAll(async () => {
  carillon = await startCarillon()
  person = await aPerson(carillon)
}, 120_000)

afterAll(async () => {
  carillon.signal('SIGTERM')
  expect(await carillon.ended).toBe(0)
})

it('delivers what is sent while NATS is away', async () => {
  const nats = descendant(carillon.pid, 'nats-server')
  const port = openKept(carillon.dataDir).port('nats')
  process.kill(nats.pid, 'SIGKILL')
  const began = performance.now()
  const code = await send(carillon, orderShipped([person.userId]))
  const social = await send(carillon, { ...like, audience: { userIds: [person.userId] } })
  console.log(`NATS killed: answered after ${(performance.now() - began).toFixed(0)} ms`)
  await expect.poll(() => stateOf(carillon, code), patience).toBe('DONE')
  await expect.poll(() => stateOf(carillon, social), patience).toBe('DONE')
  console.log(`NATS killed: delivered after ${(performance.now() - began).toFixed(0)} ms`)
  expect([await reachedOn(carillon, code), await reachedOn(carillon, social)]).toEqual([everyone, ['PUSH', 'PUSH']])
  expect(openKept(carillon.dataDir).port('nats')).toBe(port)
  await isReadyAgain()
})

it('goes on without Redis, and with it when it is back', async () => {
  const redis = descendant(carillon.pid, 'redis.conf')
  process.kill(redis.pid, 'SIGKILL')
  const began = performance.now()
  const id = await send(carillon, orderShipped([person.userId]))
  await expect.poll(() => stateOf(carillon, id), patience).toBe('DONE')
  console.log(`Redis killed: delivered after ${(performance.now() - began).toFixed(0)} ms`)
  expect(await reachedOn(carillon, id)).toEqual(everyone)
  await isReadyAgain()
  const next = await send(carillon, orderShipped([person.userId]))
  await expect.poll(() => stateOf(carillon, next), patience).toBe('DONE')
  expect(await reachedOn(carillon, next)).toEqual(everyone)
})

it.each(['SIGINT', 'SIGKILL'] as const)(
  'loses nothing accepted when PostgreSQL ends by %s, and goes on',
  async (signal) => {
    const postgres = descendant(carillon.pid, 'bin/postgres')
    const before = await send(carillon, orderShipped([person.userId]))
    process.kill(postgres.pid, signal)
    const began = performance.now()
    // Meanwhile a mutation fails, but not with a stack trace; then it works again.
    await expect
      .poll(() => trySend(carillon, orderShipped([person.userId])).catch(() => undefined), patience)
      .toMatchObject({ __typename: 'SendNotificationPayload' })
    console.log(`PostgreSQL ${signal}: a mutation works after ${(performance.now() - began).toFixed(0)} ms`)
    await isReadyAgain()
    await expect.poll(() => stateOf(carillon, before), patience).toBe('DONE')
    const channels = await reachedOn(carillon, before)
    expect(new Set(channels)).toEqual(new Set(everyone))
    if (channels.length > 4) console.log(`PostgreSQL ${signal}: ${channels.length - 4} of 4 were sent again`)
  },
)

it('starts the sandbox again when it dies, and delivers what was waiting for it', async () => {
  process.kill(descendant(carillon.pid, 'sandbox/main.ts').pid, 'SIGKILL')
  const id = await send(carillon, orderShipped([person.userId]))
  await expect.poll(() => stateOf(carillon, id), patience).toBe('DONE')
  expect(await reachedOn(carillon, id)).toEqual(everyone)
})

it('calls a provider once that takes longer to answer than a worker may be silent', async () => {
  const slow = { kind: 'slow', to: person.phone, afterMs: 8000 }
  const id = await withFault(carillon, 'twilio', slow, async () => {
    const id = await send(carillon, orderShipped([person.userId], { channels: ['SMS'] }))
    await expect.poll(() => stateOf(carillon, id), patience).toBe('DONE')
    return id
  })
  expect([await outcomes(carillon, id, 'SMS'), await reached(carillon, id)]).toEqual([['accepted'], ['twilio']])
})

async function isReadyAgain(): Promise<void> {
  await expect.poll(() => answersYes(`${carillon.demo.gateway}/readyz`), patience).toBe(true)
}
