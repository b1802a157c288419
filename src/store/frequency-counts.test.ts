import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { address } from '../../test/setup/address.ts'
import { unique } from '../../test/setup/schema-app.ts'
import { capKey, type FrequencyCap } from '../domain/frequency-cap.ts'
import { addCounts, readCounts } from './frequency-counts.ts'

const redis = new Redis(address('REDIS_URL'), { lazyConnect: true })
beforeAll(() => redis.connect())
afterAll(() => redis.disconnect())

const day: FrequencyCap = { tier: 'MARKETING', category: null, channel: 'PUSH', limit: 5, perSeconds: 86_400 }
const hour: FrequencyCap = { ...day, perSeconds: 3_600 }
const news: FrequencyCap = { ...day, category: 'news' }
const sms: FrequencyCap = { ...day, channel: 'SMS' }

const start = Date.parse('2026-11-22T10:00:00Z')
const afterHours = (hours: number) => new Date(start + hours * 3_600_000)

test('counts what each person has had within each window', async () => {
  const [ada, bob] = [unique('ada'), unique('bob')]
  const keys = [ada, bob].flatMap((userId) => [day, hour, news, sms].map((cap) => ({ userId, cap })))
  const count = (hours: number) => readCounts(redis, keys, afterHours(hours))
  expect(await count(0)).toEqual([0, 0, 0, 0, 0, 0, 0, 0])
  await addCounts(
    redis,
    'ntf_1',
    [day, hour, news].map((cap) => ({ userId: ada, cap })),
    afterHours(0),
  )
  await addCounts(
    redis,
    'ntf_2',
    [ada, bob].flatMap((userId) => [day, hour].map((cap) => ({ userId, cap }))),
    afterHours(0.5),
  )
  expect(await count(0.5)).toEqual([2, 2, 1, 0, 1, 1, 0, 0])
  expect(await count(1)).toEqual([2, 1, 1, 0, 1, 1, 0, 0])
  expect(await count(23.9)).toEqual([2, 0, 1, 0, 1, 0, 0, 0])
  expect(await count(24)).toEqual([1, 0, 0, 0, 1, 0, 0, 0])
  expect(await count(24.5)).toEqual([0, 0, 0, 0, 0, 0, 0, 0])
})

test('a notification counts once, from the first time on', async () => {
  const keys = [{ userId: unique('ada'), cap: hour }]
  await addCounts(redis, 'ntf_1', keys, afterHours(0))
  await addCounts(redis, 'ntf_1', keys, afterHours(0.5))
  expect(await readCounts(redis, keys, afterHours(0.6))).toEqual([1])
  expect(await readCounts(redis, keys, afterHours(1))).toEqual([0])
})

test('what has left its window leaves Redis', async () => {
  const userId = unique('ada')
  const key = `frequency:{${userId}}:${capKey(hour)}`
  await addCounts(redis, 'ntf_1', [{ userId, cap: hour }], afterHours(0))
  await addCounts(redis, 'ntf_2', [{ userId, cap: hour }], afterHours(2))
  expect(await redis.zrange(key, '0', '-1')).toEqual(['ntf_2'])
  expect(await redis.pttl(key)).toBeGreaterThan(3_500_000)
})

test('without Redis nothing is counted, and nothing fails', async () => {
  const away = new Redis({ port: 1, lazyConnect: true, enableOfflineQueue: false })
  const keys = [day, news].map((cap) => ({ userId: 'ada', cap }))
  for (const none of [undefined, away]) {
    await addCounts(none, 'ntf_1', keys, afterHours(0))
    expect(await readCounts(none, keys, afterHours(0))).toEqual([0, 0])
  }
})

test('a page of five hundred with three channels is read at once', async () => {
  const users = Array.from({ length: 500 }, () => unique('ada'))
  const keys = users.flatMap((userId) => [day, news, sms].map((cap) => ({ userId, cap })))
  await addCounts(redis, 'ntf_1', keys, afterHours(0))
  expect(await readCounts(redis, keys, afterHours(1))).toEqual(keys.map(() => 1))
})
