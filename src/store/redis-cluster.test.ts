import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ARedisCluster, aRedisCluster } from '../../test/setup/a-redis-cluster.ts'
import { address } from '../../test/setup/address.ts'
import { openClaims } from './claims.ts'
import { openDatabase } from './database.ts'
import { addCounts, readCounts } from './frequency-counts.ts'
import { openPacing } from './pacing.ts'
import { rateLimit } from './rate-limit.ts'
import { reachRedis } from './reach-redis.ts'
import { openRedis } from './redis.ts'
import { slotOf, tagInSlot } from './redis-slot.ts'
import { versionedCache } from './versioned-cache.ts'

/*
 * Everything that is kept in Redis, on a cluster: three masters, three replicas. What it means is told by the tests of each;
 * here it has to hold although keys are on several servers, and when one of those dies.
 */

const database = openDatabase({ url: address('DATABASE_URL'), maxConnections: 4, name: 'redis-cluster-test' })
let cluster: ARedisCluster
let redis: ReturnType<typeof openRedis>

beforeAll(async () => {
  cluster = await aRedisCluster()
  redis = openRedis(cluster.url, 'redis-cluster-test')
  if (redis.status !== 'ready') await new Promise((resolve) => redis.once('ready', resolve))
})
afterAll(async () => {
  redis.disconnect()
  await cluster.stop()
  await database.close()
})

const many = Array.from({ length: 60 }, () => randomUUID())
const wanted = [{ key: 'ada', provider: 'twilio' as const }]
const sliceOf = (id: string, isRepeat = false) => ({
  id,
  createdAt: new Date(Date.now() + 60_000),
  isRepeat,
  generation: 0,
})
const mark = {
  kind: 'answered' as const,
  provider: 'twilio' as const,
  outcome: { kind: 'accepted' as const },
  at: new Date(),
  latencyMs: 1,
}

it('knows the slot of a key, and a tag for each slot', () => {
  // https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/: CRC-16 of "123456789" is 0x31C3.
  expect(slotOf('123456789')).toBe(0x31c3)
  expect(slotOf('claim:{foo}:bar')).toBe(slotOf('foo'))
  for (const slot of [0, 1, 8191, 16_383]) expect(slotOf(`x{${tagInSlot(slot)}}y`)).toBe(slot)
})

it('is reached at whichever of its nodes answers', async () => {
  expect(await reachRedis(`redis://127.0.0.1:1,${cluster.url}`)).toMatchObject({ version: expect.any(String) })
})

it('holds claims, marks and leases of many slices, and tells since when it has lost nothing', async () => {
  const claims = openClaims(database.pool, redis)
  const claimed = await Promise.all(many.map((id) => claims.claim(sliceOf(id), 'one', 60_000, wanted)))
  expect(new Set(claimed.map((each) => each.kind === 'claimed' && each.of.get('ada')?.kind))).toEqual(new Set(['new']))
  expect(await Promise.all(many.map((id) => claims.claim(sliceOf(id), 'two', 60_000, wanted)))).toEqual(
    many.map(() => ({ kind: 'busy' })),
  )
  expect(new Set(await Promise.all(many.map((id) => claims.mark(id, 'one', 'ada', mark))))).toEqual(new Set([true]))
  expect(new Set(await Promise.all(many.map((id) => claims.renew(id, 'one', 1))))).toEqual(new Set([true]))
  const earlier = await Promise.all(many.map((id) => claims.earlier(sliceOf(id, true), 'two')))
  expect(earlier).toEqual(many.map(() => expect.objectContaining({ kind: 'found', isComplete: true })))
  expect(earlier.every((each) => each.kind === 'found' && each.of.get('ada')?.kind === 'marked')).toBe(true)
})

it('keeps copies for many people, counts for each, buckets and the pace of an account', async () => {
  const copies = many.map((key) => ({ key: `copy:${key}`, version: '1', value: { key }, keepSeconds: 60 }))
  versionedCache(redis).keep(copies)
  await expect.poll(async () => (await versionedCache(redis).read(copies)).size).toBe(many.length)
  const keys = many.flatMap((userId) =>
    [60, 3600].map((perSeconds) => ({
      userId,
      cap: { perSeconds, tier: 'SOCIAL' as const, category: null, channel: 'PUSH' as const },
    })),
  )
  await addCounts(redis, 'ntf_1', keys, new Date())
  await addCounts(redis, 'ntf_2', keys.slice(0, 2), new Date())
  expect(await readCounts(redis, keys, new Date())).toEqual(keys.map((_, n) => (n < 2 ? 2 : 1)))
  const limit = rateLimit(redis)
  expect(await limit.take({ id: many[0] ?? '', capacity: 2 }, 2)).toEqual({ ok: true })
  expect(await rateLimit(redis).take({ id: many[0] ?? '', capacity: 2 }, 2)).toMatchObject({ ok: false })
  const open = openPacing(redis, { marketingShare: 0.5 })
  const pacing = open({ id: `twilio-${many[0]}`, provider: 'twilio', budget: 10 } as never)
  expect((await pacing.lease('TRANSACTIONAL', 1)).granted).toBe(1)
})

it('goes on when a master dies; what may have been lost with it counts as missing, what others have does not', async () => {
  const claims = openClaims(database.pool, redis)
  const [lost = '', ...others] = many
  const slot = slotOf(`claim:{${lost}}`)
  const kept =
    others.find((id) => Math.floor((slotOf(`claim:{${id}}`) * 3) / 16_384) !== Math.floor((slot * 3) / 16_384)) ?? ''
  let madeBefore = { ...sliceOf(lost, true), createdAt: new Date() }
  const isComplete = async () => {
    madeBefore = { ...madeBefore, createdAt: new Date() }
    return claims.earlier(madeBefore, 'two')
  }
  await expect.poll(isComplete, { timeout: 5000 }).toMatchObject({ isComplete: true })
  const keptBefore = { ...madeBefore, id: kept }
  await cluster.killMasterOf(slot)
  await expect
    .poll(async () => (await claims.claim(sliceOf(lost), 'two', 60_000, wanted)).kind === 'claimed', {
      timeout: 20_000,
    })
    .toBe(true)
  await expect.poll(() => claims.earlier(madeBefore, 'two'), { timeout: 20_000 }).toMatchObject({ isComplete: false })
  expect(await claims.earlier(keptBefore, 'two')).toMatchObject({ isComplete: true })
}, 60_000)
