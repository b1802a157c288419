import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { address } from '../../test/setup/address.ts'
import { unique } from '../../test/setup/schema-app.ts'
import { bucketTerms } from '../domain/token-bucket.ts'
import type { Tier } from '../domain/words.ts'
import { openPacing, type Pacing } from './pacing.ts'

/** Three processes with connections of their own. */
const connections = [1, 2, 3].map(() => new Redis(address('REDIS_URL'), { lazyConnect: true }))
beforeAll(() => Promise.all(connections.map((redis) => redis.connect())))
afterAll(() => Promise.all(connections.map((redis) => redis.disconnect())))

const settings = { marketingShare: 0.5 }

function ofAll(budget: number): readonly Pacing[] {
  const id = unique('apns')
  return connections.map((redis) => openPacing(redis, settings)({ id, budget }))
}

/** Takes whatever it can get for a while; tells how much that was, and how many milliseconds it took. */
async function drain(pacing: Pacing, tier: Tier, forMs: number): Promise<{ got: number; ms: number }> {
  const began = performance.now()
  let got = 0
  while (performance.now() - began < forMs) {
    const { granted, retryInMs } = await pacing.lease(tier, 1000)
    got += granted
    if (granted === 0) await new Promise((resolve) => setTimeout(resolve, retryInMs))
  }
  return { got, ms: performance.now() - began }
}

function sum(drained: readonly { got: number }[]): number {
  return drained.reduce((total, { got }) => total + got, 0)
}

/** Calls are counted by the seconds of Redis: here, one is not about to end. */
async function earlyInASecond(): Promise<void> {
  const [redis] = connections
  await expect.poll(async () => Number((await redis?.time())?.[1])).toBeLessThan(500_000)
}

describe('several processes', () => {
  test('together never get more than the budget, besides what the bucket holds', async () => {
    const budget = 400
    const drained = await Promise.all(ofAll(budget).map((pacing) => drain(pacing, 'SOCIAL', 1500)))
    const longest = Math.max(...drained.map(({ ms }) => ms))
    expect(sum(drained)).toBeLessThanOrEqual((budget * longest) / 1000 + bucketTerms(budget, 0.5).capacity)
    expect(sum(drained)).toBeGreaterThan(budget / 2)
  })

  test('MARKETING stays within its share, and TRANSACTIONAL is served before anybody else', async () => {
    const budget = 400
    const [one, two, three] = ofAll(budget)
    if (!one || !two || !three) throw new Error('three processes')
    const alone = await drain(two, 'MARKETING', 1000)
    expect(alone.got).toBeLessThanOrEqual((budget * 0.5 * alone.ms) / 1000 + bucketTerms(budget, 0.5).marketingCapacity)
    const [urgent, ...bulk] = await Promise.all([
      drain(one, 'TRANSACTIONAL', 1000),
      drain(two, 'MARKETING', 1000),
      drain(three, 'MARKETING', 1000),
      drain(three, 'SOCIAL', 1000),
    ])
    expect(urgent.got).toBeGreaterThan(2 * sum(bulk))
  })

  test('hear of it when a provider throttles one of them, and are all held back', async () => {
    const [one, two, three] = ofAll(Infinity)
    if (!one || !two || !three) throw new Error('three processes')
    expect(await three.lease('SOCIAL', 70)).toEqual({ granted: 70, retryInMs: 0 })
    await earlyInASecond()
    await Promise.all([one.report(600), two.report(400)])
    await one.throttled({ perSecond: 600, share: 0.5, afterMs: 60_000 })
    expect(one.perSecond()).toBe(450)
    expect(two.perSecond()).toBe(Infinity)
    await two.report(1)
    expect(two.perSecond()).toBe(450)
  })

  test('go by the newest pace when one asks by an old one', async () => {
    const [one, two] = ofAll(1000)
    if (!one || !two) throw new Error('two processes')
    expect((await two.lease('TRANSACTIONAL', 1)).granted).toBe(1)
    await one.throttled({ perSecond: 1000, share: 1, afterMs: 60_000 })
    expect(await two.lease('TRANSACTIONAL', 50)).toEqual({ granted: 0, retryInMs: 0 })
    expect(two.perSecond()).toBe(1)
    expect((await two.lease('TRANSACTIONAL', 50)).granted).toBe(1)
  })
})

test('everything about an account is one key, which ends by itself', async () => {
  const [redis] = connections
  const id = unique('apns')
  const pacing = openPacing(redis, settings)({ id, budget: 10 })
  await pacing.lease('SOCIAL', 1)
  await pacing.report(1)
  await pacing.throttled({ perSecond: 10, share: 1, afterMs: 0 })
  expect(await redis?.keys(`*${id}*`)).toEqual([`pacing:{${id}}`])
  expect(await redis?.pttl(`pacing:{${id}}`)).toBeGreaterThan(3_500_000)
})

describe('without Redis', () => {
  const away = new Redis({ port: 1, lazyConnect: true, enableOfflineQueue: false })

  test.each([
    ['none', undefined],
    ['away', away],
  ])('%s: each process paces itself, all its tiers together', async (_name, redis) => {
    const clock = { ms: 1_000_000 }
    const open = openPacing(redis, { ...settings, clock: () => clock.ms })
    const account = { id: unique('apns'), budget: 100 }
    const got: Record<string, number> = {}
    for (; clock.ms < 1_010_000; clock.ms += 10) {
      for (const tier of ['MARKETING', 'SOCIAL', 'TRANSACTIONAL'] as const) {
        got[tier] = (got[tier] ?? 0) + (await open(account).lease(tier, 100)).granted
      }
    }
    expect(got['TRANSACTIONAL']).toBeGreaterThan(900)
    expect(Object.values(got).reduce((total, each) => total + each, 0)).toBeLessThanOrEqual(1010)
  })

  test('a throttle holds in this process', async () => {
    const pacing = openPacing(away, settings)({ id: unique('apns'), budget: Infinity })
    await pacing.throttled({ perSecond: 100, share: 0.5, afterMs: 60_000 })
    expect(pacing.perSecond()).toBe(45)
    expect(pacing.perSecondOf('MARKETING')).toBe(22.5)
  })
})

test('after Redis has lost its data an account begins anew', async () => {
  const [redis] = connections
  const id = unique('apns')
  const pacing = openPacing(redis, settings)({ id, budget: 1000 })
  await pacing.throttled({ perSecond: 1000, share: 1, afterMs: 60_000 })
  await redis?.del(`pacing:{${id}}`)
  await pacing.lease('SOCIAL', 1)
  expect(pacing.perSecond()).toBe(1000)
  expect((await pacing.lease('SOCIAL', 1)).granted).toBe(1)
})
