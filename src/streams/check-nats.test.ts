import { expect, test } from 'vitest'
import { aNats } from '../../test/setup/a-nats.ts'
import { checkNats } from './check-nats.ts'
import { openStreams } from './streams.ts'

test('NATS with every stream is well, and tells the time; before any role has started they are missing', async () => {
  const nats = await aNats([])
  const url = `nats://${nats.place}`
  const server = { subject: 'NATS', state: 'ok', found: expect.stringMatching(/^2\.\d+\.\d+ at 127\.0\.0\.1:\d+$/) }
  expect(await checkNats(url, 1)).toEqual({
    diagnoses: [
      server,
      {
        subject: 'JetStream',
        state: 'warning',
        found: expect.stringMatching(/^the streams NOTIFICATIONS_TRANSACTIONAL, .*, FEEDBACK are missing$/),
        mend: expect.stringMatching(/^start any role/),
      },
    ],
    clocks: [],
  })
  const streams = await openStreams(url, 'check-test')
  await streams.declare()
  await streams.close()
  const { diagnoses, clocks = [] } = await checkNats(url, 1)
  expect(diagnoses).toEqual([server, { subject: 'JetStream', state: 'ok', found: 'all 7 streams are there' }])
  expect(clocks.map(({ whose, from }) => [whose, Math.abs(Date.now() - from) < 60_000])).toEqual([['NATS', true]])
  expect((await checkNats(url, 3)).diagnoses[1]).toMatchObject({
    state: 'warning',
    found: 'streams have 1 replicas, and NATS_REPLICAS is 3',
  })
  await nats.stop()
})

test('NATS that does not take the credentials is told without them', async () => {
  const nats = await aNats(['authorization { user: carillon, password: "geheim" }'])
  const { diagnoses } = await checkNats(`nats://carillon:nonsense@${nats.place}`, 1)
  await nats.stop()
  expect(diagnoses).toEqual([
    {
      subject: 'NATS',
      state: 'problem',
      found: `${nats.place} refuses the credentials in NATS_URL`,
      mend: 'start it, or correct NATS_URL',
    },
  ])
})
