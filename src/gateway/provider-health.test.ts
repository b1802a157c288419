import { expect, test } from 'vitest'
import { latencyBuckets } from '../domain/latency-histogram.ts'
import type { ProviderView } from '../domain/provider-health.ts'
import type { ProviderHealthBody } from '../streams/messages.ts'
import type { Streams } from '../streams/streams.ts'
import { openProviderHealth } from './provider-health.ts'

function aView(parts: Partial<ProviderView>): ProviderView {
  const latencies = Array.from({ length: latencyBuckets }, () => 0)
  const closed = { state: 'CLOSED', openedBecause: null, openUntil: null } as const
  return {
    provider: 'apns',
    tier: 'SOCIAL',
    ...closed,
    calls: 0,
    failures: 0,
    latencies,
    limitPerSecond: null,
    ...parts,
  }
}

/** A gateway that hears what it is told here, at the times that it is told. */
function aListener() {
  const clock = { ms: 1_000_000 }
  let hear: (body: unknown) => void = () => {}
  const streams: Pick<Streams, 'listen'> = {
    listen: (_signal, _key, onSignal) => {
      hear = (body) => onSignal(body as never)
      return () => {}
    },
  }
  const health = openProviderHealth(streams, { configured: ['apns'], perSecond: {} }, () => clock.ms)
  const tell = (body: ProviderHealthBody) => hear(body)
  return { clock, tell, told: () => health().map(({ name, perSecond }) => ({ name, perSecond })) }
}

test('of each process what it said last counts, for as long as it says something', () => {
  const { clock, tell, told } = aListener()
  tell({ process: 'one', views: [aView({ calls: 600 })] })
  tell({ process: 'one', views: [aView({ calls: 60 })] })
  clock.ms += 6_000
  tell({ process: 'two', views: [aView({ calls: 120 }), aView({ provider: 'twilio', calls: 60 })] })
  expect(told()).toEqual([
    { name: 'apns', perSecond: 3 },
    { name: 'twilio', perSecond: 1 },
  ])
  clock.ms += 6_001
  expect(told()).toEqual([
    { name: 'apns', perSecond: 2 },
    { name: 'twilio', perSecond: 1 },
  ])
  tell({ process: 'two', views: [] })
  expect(told()).toEqual([{ name: 'apns', perSecond: 0 }])
})
