import { randomUUID } from 'node:crypto'
import { afterAll, expect, it } from 'vitest'
import { aMigratedDatabase } from '../../test/setup/a-migrated-database.ts'
import { aNewNotification } from '../../test/setup/a-notification.ts'
import { address } from '../../test/setup/address.ts'
import { registry } from '../metrics.ts'
import { acceptNotification } from '../store/notifications.ts'
import { consume } from '../streams/consume.ts'
import { deliveriesStream, queuesMeasured, sliceMessage } from '../streams/messages.ts'
import { openStreams } from '../streams/streams.ts'
import { dispatchConsumer } from '../streams/topology.ts'
import { measure } from './measure-queues.ts'

const database = await aMigratedDatabase()
const streams = await openStreams(address('NATS_URL'), 'measure-queues-test')
await streams.declare()

afterAll(async () => {
  await streams.close()
  await database.close()
})

// A lane that no other test of this run uses.
const tier = 'MARKETING'
const patience = { timeout: 10_000 }
const name = 'deliveries.marketing.push'
const lane = {
  stream: deliveriesStream(tier),
  consumer: dispatchConsumer('PUSH'),
  message: sliceMessage,
  concurrency: 4,
}

/** The lane's gauges, as Prometheus reads them. */
async function gauges(of: string): Promise<Readonly<Record<string, number>>> {
  const text = await registry.metrics()
  const found = text.matchAll(new RegExp(`^carillon_lane_(\\w+)\\{tier="${tier}",lane="${of}"\\} (\\S+)$`, 'gm'))
  return Object.fromEntries([...found].map(([, gauge, value]) => [gauge, Number(value)]))
}

it('tells Prometheus and gateways what waits, for how long, and how fast it drains', async () => {
  const heard: unknown[] = []
  streams.listen(queuesMeasured, undefined, (body) => heard.push(...body.filter((each) => each.name === name)))
  const samples = new Map()
  const start = Date.now()
  const measuredAt = (second: number) =>
    measure({ database, streams, now: () => new Date(start + second * 1000) }, tier, samples)
  await measuredAt(0)

  let done = 0
  const consumption = consume(streams, lane, async () => void done++)
  const publish = () =>
    streams.publish(sliceMessage, { sliceId: `slc_${randomUUID()}`, tier, channel: 'PUSH', generation: 0 })
  for (let n = 0; n < 20; n++) await publish()
  await expect.poll(() => done, patience).toBe(20)
  await consumption.stop()
  for (let n = 0; n < 3; n++) await publish()
  await expect
    .poll(async () => (await measuredAt(10)).queues.find((queue) => queue.name === name), patience)
    .toMatchObject({ waiting: 3, inFlight: 0, drainMs: 1500 })

  expect(await gauges('PUSH')).toMatchObject({ waiting: 3, in_flight: 0, rate: 2, drain_seconds: 1.5 })
  expect((await gauges('PUSH'))['oldest_seconds']).toBeGreaterThan(0)
  await expect.poll(() => heard, patience).toContainEqual({ name, perSecond: 2 })
})

it('says a day of what does not drain', async () => {
  await acceptNotification(database.pool, aNewNotification({ tier, dueAt: new Date(Date.now() - 5000) }), undefined)
  await measure({ database, streams, now: () => new Date() }, tier, new Map())
  expect(await gauges('fan-out')).toMatchObject({ rate: 0, drain_seconds: 86_400 })
})
