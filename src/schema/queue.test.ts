import { jetstreamManager } from '@nats-io/jetstream'
import { afterAll, expect, test } from 'vitest'
import { aCaller, anAdmin, aViewer, nobody, openSchemaApp } from '../../test/setup/schema-app.ts'
import { channels, tiers } from '../domain/words.ts'
import { queuesMeasured, sliceMessage } from '../streams/messages.ts'

const { app, run, close } = await openSchemaApp()
await app.streams.declare()
afterAll(close)

const list = '{ queues { name tier channel waiting inFlight oldestMs drainMs } }'

test('the queues are those of each tier, and what providers have reported', async () => {
  const lanes = tiers.flatMap((tier) =>
    channels.map((channel) => ({
      name:
        channel === 'IN_APP'
          ? `notifications.${tier.toLowerCase()}`
          : `deliveries.${tier.toLowerCase()}.${channel.toLowerCase()}`,
      tier,
      channel: channel === 'IN_APP' ? null : channel,
    })),
  )
  const feedback = { name: 'feedback', tier: 'TRANSACTIONAL', channel: null }
  const aNumber = expect.any(Number)
  const drainMs = expect.toSatisfy((ms) => ms === null || ms >= 0)
  const figures = { waiting: aNumber, inFlight: aNumber, oldestMs: aNumber, drainMs }
  expect(await run(anAdmin(), list)).toEqual({
    data: {
      queues: [...lanes.slice(0, 4), feedback, ...lanes.slice(4)].map((queue) => ({
        ...queue,
        ...figures,
      })),
    },
  })
})

test('a queue tells how long it takes to drain, from what relays have measured', async () => {
  // A lane of which no other test of this run says anything.
  const name = 'deliveries.transactional.push'
  // What other tests of this run have left there.
  const { streams } = await jetstreamManager(await app.streams.connection)
  await streams.purge('DELIVERIES_TRANSACTIONAL', { filter: name })
  for (let n = 0; n < 4; n++) {
    const sliceId = `slc_queue-test-${n}`
    await app.streams.publish(sliceMessage, { sliceId, tier: 'TRANSACTIONAL', channel: 'PUSH', generation: 0 })
  }
  app.streams.signal(queuesMeasured, undefined, [{ name, perSecond: 2 }])
  await expect
    .poll(() => run(anAdmin(), '{ queues { name waiting drainMs } }'), { timeout: 10_000 })
    .toMatchObject({ data: { queues: expect.arrayContaining([{ name, waiting: 4, drainMs: 2000 }]) } })
})

test.each([
  ['nobody', nobody, 'UNAUTHENTICATED'],
  ['a viewer', aViewer('ada'), 'FORBIDDEN'],
  ['a caller', aCaller({ bulk: true }), 'FORBIDDEN'],
])('the queues are not for %s', async (_who, principal, code) => {
  expect(await run(principal, list)).toMatchObject({ errors: [{ extensions: { code } }] })
})
