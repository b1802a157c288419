import { afterAll, expect, test } from 'vitest'
import { address } from '../../test/setup/address.ts'
import { openPacing } from '../store/pacing.ts'
import { type ProviderHealthBody, providerHealth } from '../streams/messages.ts'
import { openStreams } from '../streams/streams.ts'
import { openGates } from './gates.ts'

const streams = await openStreams(address('NATS_URL'), 'gates-test')
afterAll(() => streams.close())

const pacing = openPacing(undefined, { marketingShare: 0.5 })
const deps = {
  tier: 'SOCIAL',
  settings: { concurrency: 64, breaker: { failureRate: 0.5, minCalls: 5, slowMs: 5000 } },
  pacingOf: () => pacing({ id: 'vonage:gates-test', budget: 30 }),
  streams,
  random: Math.random,
} as const

test('a process tells how its providers are, and takes it back when it stops', async () => {
  const heard: ProviderHealthBody[] = []
  const stopListening = streams.listen(providerHealth, null, (body) => heard.push(body))
  const gates = openGates(deps)
  const entry = await gates.of('vonage').enter({ isRetry: false }, new AbortController().signal)
  if (entry.kind === 'go') entry.leave({ kind: 'unknown', code: 'timeout' }, 700)
  const own = () => heard.filter(({ views }) => views.some(({ limitPerSecond }) => limitPerSecond === 30))
  await expect
    .poll(() => own().at(-1)?.views, { timeout: 10_000 })
    .toEqual([
      {
        provider: 'vonage',
        tier: 'SOCIAL',
        state: 'CLOSED',
        openedBecause: null,
        openUntil: null,
        calls: 1,
        failures: 1,
        latencies: expect.any(Array),
        limitPerSecond: 30,
      },
    ])
  gates.stop()
  const process = own()[0]?.process
  await expect.poll(() => heard.findLast((body) => body.process === process)?.views).toEqual([])
  stopListening()
})

test('each provider has one gate', () => {
  const gates = openGates(deps)
  expect(gates.of('apns')).toBe(gates.of('apns'))
  expect(gates.of('apns')).not.toBe(gates.of('fcm'))
  gates.stop()
})
