import { randomUUID } from 'node:crypto'
import { jetstreamManager } from '@nats-io/jetstream'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { address } from '../../test/setup/address.ts'
import { consume } from './consume.ts'
import { deliveriesStream, queuesMeasured, sliceMessage } from './messages.ts'
import { openQueueReader } from './queue-reader.ts'
import { readQueues } from './queues.ts'
import { openStreams } from './streams.ts'
import { dispatchConsumer } from './topology.ts'

const streams = await openStreams(address('NATS_URL'), 'queues-test')
await streams.declare()

// A lane that no other test of this run uses.
const tier = 'MARKETING'
const patience = { timeout: 10_000 }
const name = 'deliveries.marketing.email'
const lane = {
  stream: deliveriesStream(tier),
  consumer: dispatchConsumer('EMAIL'),
  message: sliceMessage,
  concurrency: 1,
}

beforeAll(async () => {
  await (await jetstreamManager(await streams.connection)).streams.purge(lane.stream, { filter: name })
})
afterAll(() => streams.close())

function publish() {
  return streams.publish(sliceMessage, { sliceId: `slc_${randomUUID()}`, tier, channel: 'EMAIL', generation: 0 })
}

async function reading() {
  return (await readQueues(streams, tier)).find((each) => each.name === name)
}

it('are the fan-out of a tier, its lanes, and what providers have reported', async () => {
  const names = await Promise.all(
    (['TRANSACTIONAL', 'SOCIAL'] as const).map(async (each) =>
      (await readQueues(streams, each)).map(({ name, channel }) => [name, channel]),
    ),
  )
  expect(names).toEqual([
    [
      ['notifications.transactional', null],
      ['deliveries.transactional.push', 'PUSH'],
      ['deliveries.transactional.email', 'EMAIL'],
      ['deliveries.transactional.sms', 'SMS'],
      ['feedback', null],
    ],
    [
      ['notifications.social', null],
      ['deliveries.social.push', 'PUSH'],
      ['deliveries.social.email', 'EMAIL'],
      ['deliveries.social.sms', 'SMS'],
    ],
  ])
})

it('tell what waits, what is with workers, since when, and how much has been finished', async () => {
  const before = await reading()
  expect(before).toEqual({
    name,
    tier,
    channel: 'EMAIL',
    isOnlyCopy: false,
    waiting: 0,
    inFlight: 0,
    oldest: null,
    oldestWaiting: null,
    finished: expect.any(Number),
  })
  const began = Date.now()
  for (let n = 0; n < 5; n++) await publish()
  expect(await reading()).toMatchObject({ waiting: 5, inFlight: 0, finished: before?.finished })
  const oldest = (await reading())?.oldest?.getTime() ?? 0
  expect(Math.abs(oldest - began)).toBeLessThan(5000)

  const gate = Promise.withResolvers<void>()
  const consumption = consume(streams, lane, () => gate.promise)
  await expect.poll(async () => (await reading())?.inFlight, patience).toBeGreaterThan(0)
  const working = await reading()
  expect((working?.waiting ?? 0) + (working?.inFlight ?? 0)).toBe(5)
  expect(working?.oldest?.getTime()).toBe(oldest)
  expect(working?.oldestWaiting?.getTime()).toBeGreaterThan(oldest)
  gate.resolve()
  await expect.poll(reading, patience).toEqual({ ...before, finished: (before?.finished ?? 0) + 5 })
  await consumption.stop()
})

it('are empty while NATS is away: what is not finished falls due in PostgreSQL', async () => {
  await publish()
  const readings = await readQueues({ ...streams, connected: () => false }, tier)
  expect(readings.map(({ waiting, inFlight, oldest }) => [waiting, inFlight, oldest])).toEqual(
    Array(4).fill([0, 0, null]),
  )
})

it('are read once a second at most, with the rates that relays have told of late', async () => {
  let nowMs = 0
  const reader = openQueueReader(streams, () => nowMs)
  const waitingNow = async () => (await reader.read()).find((each) => each.name === name)?.waiting ?? 0
  const before = await waitingNow()
  await publish()
  expect(await waitingNow()).toBe(before)
  nowMs += 1001
  expect(await waitingNow()).toBe(before + 1)

  expect(reader.perSecond(name)).toBe(0)
  streams.signal(queuesMeasured, undefined, [{ name, perSecond: 12 }])
  await expect.poll(() => reader.perSecond(name), patience).toBe(12)
  nowMs += 30_000
  expect(reader.perSecond(name)).toBe(0)
})
