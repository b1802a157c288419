import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Carillon, startCarillon } from '../setup/carillon.ts'
import { orderShipped, send, stateOf } from '../setup/notification.ts'
import { aPerson, type Person } from '../setup/person.ts'
import { descendant } from '../setup/processes.ts'
import { ledger, reached } from '../setup/sandbox.ts'

let carillon: Carillon
let person: Person
const patience = { timeout: 40_000, interval: 50 }
const like = { template: 'social.like', data: { who: 'Ada' } }

beforeAll(async () => {
  carillon = await startCarillon()
  person = await aPerson(carillon)
}, 120_000)

afterAll(async () => {
  carillon.signal('SIGTERM')
  await carillon.ended
})

it('delivers what it had accepted when it was killed right after the answer', async () => {
  const id = await send(carillon, orderShipped([person.userId]))
  carillon = await killedAndStartedAgain(carillon)
  const began = performance.now()
  await expect.poll(() => stateOf(carillon, id), patience).toBe('DONE')
  console.log(`killed after the answer: done ${(performance.now() - began).toFixed(0)} ms after it was ready again`)
  const rows = await ledger(carillon, id)
  expect(new Set(rows.map(({ channel }) => channel))).toEqual(new Set(['PUSH', 'EMAIL', 'SMS']))
  // A call that the kill has cut is made again, three seconds later: a push then replaces the first one.
  const twice = rows.length - 4
  if (twice > 0) console.log(`killed after the answer: ${twice} of 4 were sent again`)
  expect(new Set(rows.flatMap(({ collapseId }) => collapseId ?? []))).toHaveProperty('size', 1)
})

it('delivers once what was accepted and not handed on when it was killed', async () => {
  // NATS stands still: what is accepted now is in PostgreSQL and nowhere else.
  const nats = descendant(carillon.pid, 'nats-server')
  process.kill(nats.pid, 'SIGSTOP')
  const began = performance.now()
  const id = await send(carillon, orderShipped([person.userId]))
  console.log(`NATS stands still: answered in ${(performance.now() - began).toFixed(0)} ms`)
  carillon = await killedAndStartedAgain(carillon)
  await expect.poll(() => stateOf(carillon, id), patience).toBe('DONE')
  expect(await reached(carillon, id)).toEqual(['apns', 'fcm', 'sendgrid', 'twilio'])
})

it('restarts the bulk process when it is killed, and delivers what was sent meanwhile', async () => {
  const bulk = descendant(carillon.pid, 'main.ts bulk')
  process.kill(bulk.pid, 'SIGKILL')
  const began = performance.now()
  const id = await send(carillon, { ...like, audience: { userIds: [person.userId] } })
  await expect.poll(() => stateOf(carillon, id), patience).toBe('DONE')
  console.log(`bulk killed: done after ${(performance.now() - began).toFixed(0)} ms`)
  expect(await reached(carillon, id)).toEqual(['apns', 'fcm'])
  expect(descendant(carillon.pid, 'main.ts bulk').pid).not.toBe(bulk.pid)
})

it('keeps one-time codes going while the bulk process is away', async () => {
  const bulk = descendant(carillon.pid, 'main.ts bulk')
  process.kill(bulk.pid, 'SIGSTOP')
  try {
    const id = await send(carillon, orderShipped([person.userId]))
    await expect.poll(() => stateOf(carillon, id), patience).toBe('DONE')
    expect(await reached(carillon, id)).toEqual(['apns', 'fcm', 'sendgrid', 'twilio'])
  } finally {
    process.kill(bulk.pid, 'SIGCONT')
  }
})

/** `kill -9`, then another start with the same data. What it had started ends by itself. */
async function killedAndStartedAgain({ signal, dataDir, ended }: Carillon): Promise<Carillon> {
  signal('SIGKILL')
  await ended
  const again = await startCarillon({ dataDir })
  console.log(`killed: ready again in ${(again.readyMs / 1000).toFixed(1)} s`)
  return again
}
