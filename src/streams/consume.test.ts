import { randomUUID } from 'node:crypto'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { afterEach, expect, it } from 'vitest'
import { address } from '../../test/setup/address.ts'
import { messagesEnded } from '../metrics.ts'
import { type Consumption, consume } from './consume.ts'
import { fanOutMessage } from './messages.ts'
import { openStreams } from './streams.ts'
import { fanOutConsumer } from './topology.ts'

// A lane that no other test of this run uses.
const tier = 'MARKETING'
const lane = { stream: 'NOTIFICATIONS_MARKETING', consumer: fanOutConsumer, message: fanOutMessage, concurrency: 4 }
const streams = await openStreams(address('NATS_URL'), 'consume-test')
await streams.declare()
const manager = await jetstreamManager(await streams.connection)
// What other tests of this run have left there.
await manager.streams.purge(lane.stream)
let consumption: Consumption | undefined

afterEach(async () => {
  await consumption?.stop()
  await manager.streams.purge(lane.stream)
})

function aBody(change = {}) {
  return { notificationId: `ntf_${randomUUID()}`, tier, page: 0, generation: 0, ...change } as const
}

function idsOf(bodies: readonly { readonly notificationId: string }[]): string[] {
  return bodies.map(({ notificationId }) => notificationId).sort()
}

it('hands each message to the handler once, and a second one with its id to nobody', async () => {
  const seen: (typeof fanOutMessage extends { decode(bytes: Uint8Array): infer B } ? B : never)[] = []
  consumption = consume(streams, lane, async (body) => void seen.push(body))
  const [first, second] = [aBody(), aBody()]
  for (const body of [first, first, second]) await streams.publish(fanOutMessage, body)
  await expect.poll(() => idsOf(seen)).toEqual(idsOf([first, second]))
})

it('works on a bounded number at once, and finishes them before it stops', async () => {
  let running = 0
  let most = 0
  let finished = 0
  const gate = Promise.withResolvers<void>()
  consumption = consume(streams, lane, async () => {
    most = Math.max(most, ++running)
    await gate.promise
    running--
    finished++
  })
  for (let n = 0; n < 10; n++) await streams.publish(fanOutMessage, aBody())
  await expect.poll(() => running).toBe(lane.concurrency)
  const stopped = consumption.stop()
  gate.resolve()
  await stopped
  expect(most).toBe(lane.concurrency)
  expect([running, finished >= lane.concurrency]).toEqual([0, true])
})

it('ends a message whose handler fails, and goes on with the next', async () => {
  const poison = aBody()
  const seen: string[] = []
  consumption = consume(streams, lane, async ({ notificationId }) => {
    seen.push(notificationId)
    if (notificationId === poison.notificationId) throw new Error('poison')
  })
  const next = aBody()
  await streams.publish(fanOutMessage, poison)
  await streams.publish(fanOutMessage, next)
  await expect.poll(() => seen).toEqual([poison.notificationId, next.notificationId])
  await expect.poll(async () => (await manager.consumers.info(lane.stream, lane.consumer)).num_ack_pending).toBe(0)
})

it('brings a message that is the only copy again when its handler fails', async () => {
  const seen: string[] = []
  consumption = consume(streams, { ...lane, isOnlyCopy: true }, async ({ notificationId }) => {
    seen.push(notificationId)
    if (seen.length === 1) throw new Error('not now')
  })
  const body = aBody()
  await streams.publish(fanOutMessage, body)
  await expect.poll(() => seen, { timeout: 10_000 }).toEqual([body.notificationId, body.notificationId])
  await expect.poll(async () => (await manager.consumers.info(lane.stream, lane.consumer)).num_ack_pending).toBe(0)
})

it('ends a message that cannot be decoded, the only copy too, and counts it', async () => {
  const seen: string[] = []
  consumption = consume(streams, { ...lane, isOnlyCopy: true }, async ({ notificationId }) => {
    seen.push(notificationId)
  })
  const subject = fanOutMessage.subject(aBody())
  for (const bytes of ['', '{', '{"notificationId":1}'])
    await jetstream(await streams.connection).publish(subject, bytes)
  const next = aBody()
  await streams.publish(fanOutMessage, next)
  await expect.poll(() => seen).toEqual([next.notificationId])
  await expect.poll(async () => (await manager.consumers.info(lane.stream, lane.consumer)).num_ack_pending).toBe(0)
  expect((await messagesEnded.get()).values).toContainEqual({
    labels: { stream: lane.stream, consumer: lane.consumer, why: 'undecodable' },
    value: 3,
  })
})

it('makes its stream anew when the server has lost it', async () => {
  const seen: string[] = []
  consumption = consume(streams, lane, async ({ notificationId }) => void seen.push(notificationId))
  const before = aBody()
  await streams.publish(fanOutMessage, before)
  await expect.poll(() => seen).toEqual([before.notificationId])
  await manager.streams.delete(lane.stream)
  const after = aBody()
  await expect
    .poll(
      () =>
        streams.publish(fanOutMessage, after).then(
          () => true,
          () => false,
        ),
      { timeout: 20_000 },
    )
    .toBe(true)
  await expect.poll(() => seen, { timeout: 20_000 }).toContain(after.notificationId)
}, 60_000)

it('takes nothing while its share is 0, gives back what it had not begun, and goes on where it was', async () => {
  let gate = Promise.withResolvers<void>()
  const begun: string[] = []
  consumption = consume(streams, lane, async ({ notificationId }) => {
    begun.push(notificationId)
    await gate.promise
  })
  const bodies = Array.from({ length: 10 }, () => aBody())
  for (const body of bodies) await streams.publish(fanOutMessage, body)
  await expect.poll(() => begun.length).toBe(lane.concurrency)
  consumption.throttle(0)
  gate.resolve()
  const left = async () => (await manager.consumers.info(lane.stream, lane.consumer)).num_ack_pending
  await expect.poll(() => consumption?.inFlight()).toBe(0)
  const before = begun.length
  // Asked again and again, so that there is time in which it could.
  for (let n = 0; n < 20; n++) await left()
  expect(begun.length).toBe(before)

  gate = Promise.withResolvers()
  consumption.throttle(0.5)
  await expect.poll(() => consumption?.inFlight(), { timeout: 5000 }).toBe(lane.concurrency / 2)
  gate.resolve()
  consumption.throttle(1)
  await expect.poll(() => begun.toSorted(), { timeout: 5000 }).toEqual(idsOf(bodies))
})

it('stops while it is paused', async () => {
  consumption = consume(streams, lane, async () => undefined)
  consumption.throttle(0)
  await consumption.stop()
})
