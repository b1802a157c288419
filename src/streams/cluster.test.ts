import { setTimeout as pause } from 'node:timers/promises'
import { jetstreamManager } from '@nats-io/jetstream'
import { ulid } from 'ulid'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ANatsCluster, aNatsCluster } from '../../test/setup/a-nats-cluster.ts'
import { consume } from './consume.ts'
import { deliveriesStream, notificationsStream, sliceMessage } from './messages.ts'
import { expectStreams } from './streams.ts'
import { dispatchConsumer } from './topology.ts'

/*
 * Three servers, and streams that are on all of them.
 */

let cluster: ANatsCluster
beforeAll(async () => {
  cluster = await aNatsCluster()
})
afterAll(() => cluster.stop())

it('puts streams only where the tags are that they ask for', async () => {
  const streams = expectStreams(cluster.url, 'placement-test', { replicas: 1, tags: ['nowhere'] })
  await streams.connect()
  const said = () => streams.declare().then(() => 'declared', String)
  await expect.poll(said, { timeout: 30_000 }).toMatch(/no suitable peers/)
  await streams.close()
})

it('loses nothing that was stored, and goes on, when the server that leads a stream is killed under load', async () => {
  const streams = expectStreams(cluster.url, 'cluster-test', { replicas: 3 })
  await streams.connect()
  // Until the servers have found each other there is nobody to make a stream.
  await expect
    .poll(
      () =>
        streams.declare().then(
          () => true,
          () => false,
        ),
      { timeout: 30_000 },
    )
    .toBe(true)
  const manager = await jetstreamManager(await streams.connection)
  const stream = deliveriesStream('SOCIAL')
  expect((await manager.streams.info(notificationsStream('SOCIAL'))).config.num_replicas).toBe(3)

  const seen = new Set<string>()
  const lane = { stream, consumer: dispatchConsumer('SMS'), message: sliceMessage, concurrency: 16 }
  const consumption = consume(streams, lane, async ({ sliceId }) => void seen.add(sliceId))
  const stored: string[] = []
  let isOver = false
  const publishing = (async () => {
    while (!isOver) {
      const sliceId = `slc_${ulid().toLowerCase()}~0~sms~0`
      await streams.publish(sliceMessage, { sliceId, tier: 'SOCIAL', channel: 'SMS', generation: 0 }).then(
        () => stored.push(sliceId),
        // Nothing is stored while another leader is chosen; what is refused falls due again.
        () => pause(20),
      )
    }
  })()
  await expect.poll(() => stored.length, { timeout: 10_000 }).toBeGreaterThan(50)
  const leader = (await manager.streams.info(stream)).cluster?.leader ?? ''
  expect(leader).toMatch(/^nats-\d$/)
  await cluster.end(leader)
  const before = stored.length
  await expect.poll(() => stored.length, { timeout: 30_000 }).toBeGreaterThan(before + 200)
  isOver = true
  await publishing
  // What was on its way to us when the server died comes again when its acknowledgement is overdue: half a minute.
  await expect.poll(() => stored.filter((id) => !seen.has(id)), { timeout: 60_000 }).toEqual([])
  await consumption.stop()
  await streams.close()
}, 120_000)
