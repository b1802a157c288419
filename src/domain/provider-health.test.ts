import { expect, test } from 'vitest'
import { bucketOf, latencyBuckets } from './latency-histogram.ts'
import { healthOf, type ProviderView } from './provider-health.ts'

const closed = { state: 'CLOSED', openedBecause: null, openUntil: null } as const
const until = (second: number) => new Date(`2026-11-22T10:00:0${second}Z`)

function aView(parts: Partial<ProviderView> = {}): ProviderView {
  const latencies = Array.from({ length: latencyBuckets }, () => 0)
  return {
    provider: 'apns',
    tier: 'TRANSACTIONAL',
    ...closed,
    calls: 0,
    failures: 0,
    latencies,
    limitPerSecond: null,
    ...parts,
  }
}

function taking(latencyMs: number, count: number): readonly number[] {
  return Array.from({ length: latencyBuckets }, (_, bucket) => (bucket === bucketOf(latencyMs) ? count : 0))
}

test('a provider that nobody calls is well', () => {
  expect(healthOf('sendgrid', 100, [aView({ calls: 60 })])).toEqual({
    name: 'sendgrid',
    channel: 'EMAIL',
    breaker: 'CLOSED',
    breakers: [
      { tier: 'TRANSACTIONAL', ...closed },
      { tier: 'SOCIAL', ...closed },
      { tier: 'MARKETING', ...closed },
    ],
    budgetPerSecond: 100,
    perSecond: 0,
    p99Ms: null,
    failureRate: 0,
  })
})

test('of each tier the worst breaker counts, and of the provider the worst of its tiers', () => {
  const open = (second: number) => ({ state: 'OPEN', openedBecause: `${second}`, openUntil: until(second) }) as const
  const health = healthOf('apns', null, [
    aView(),
    aView({ ...open(2) }),
    aView({ ...open(7) }),
    aView({ tier: 'SOCIAL', state: 'HALF_OPEN', openedBecause: '503' }),
    aView({ tier: 'SOCIAL' }),
  ])
  expect(health.breaker).toBe('OPEN')
  expect(health.breakers).toEqual([
    { tier: 'TRANSACTIONAL', ...open(7) },
    { tier: 'SOCIAL', state: 'HALF_OPEN', openedBecause: '503', openUntil: null },
    { tier: 'MARKETING', ...closed },
  ])
})

test('what processes have counted adds up, and the lowest limit that one knows of holds', () => {
  const health = healthOf('apns', 1000, [
    aView({ calls: 90, failures: 3, latencies: taking(16, 98), limitPerSecond: 1000 }),
    aView({ tier: 'MARKETING', calls: 30, failures: 27, latencies: taking(1024, 2), limitPerSecond: 40 }),
  ])
  expect(health).toMatchObject({ perSecond: 2, failureRate: 0.25, budgetPerSecond: 40 })
  expect(health.p99Ms).toBeGreaterThan(700)
  expect(health.p99Ms).toBeLessThanOrEqual(1024)
})
