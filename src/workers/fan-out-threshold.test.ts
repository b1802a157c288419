import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aNewNotification } from '../../test/setup/a-notification.ts'
import { address } from '../../test/setup/address.ts'
import { ownDatabase } from '../../test/setup/own-database.ts'
import type { Audience } from '../domain/notification.ts'
import { changeThreshold, readActorFacts, readFanOutBacklog, readThresholds } from '../store/fan-out-thresholds.ts'
import { upsertFollows } from '../store/follows.ts'
import { acceptNotification, type NewNotification } from '../store/notifications.ts'
import { upsertTopicMembers } from '../store/topics.ts'
import { fanOutMeasured } from '../streams/messages.ts'
import { openStreams } from '../streams/streams.ts'
import { fanOutMeter } from './fan-out-meter.ts'
import { adjustThreshold, watchThreshold } from './fan-out-threshold.ts'

const database = await ownDatabase('threshold-test')
const { pool } = database
const streams = await openStreams(address('NATS_URL'), 'threshold-test')
afterAll(async () => {
  await streams.close()
  await database.close()
})

const limits = { floor: 1000, ceiling: 100_000 }
const fans = Array.from({ length: 700 }, (_, n) => `fan-${n}`)
beforeAll(async () => {
  await pool.query('INSERT INTO users (user_id) SELECT unnest($1::text[])', [fans])
  await upsertFollows(pool, { actorId: 'ada', followerIds: fans, notify: false }, new Date())
  await upsertTopicMembers(pool, { topic: 'bells', userIds: fans.slice(0, 300) }, new Date())
})

const accepted = (audience: Audience, change: Partial<NewNotification> = {}) =>
  acceptNotification(pool, aNewNotification({ audience, ...change }), undefined)

it('moves with what is measured, is there for whoever accepts, and stays where nothing is', async () => {
  expect(await readActorFacts(pool, 'ada', 'SOCIAL')).toEqual({ followerCount: 700, threshold: 10_000 })
  expect(await adjustThreshold({ database, limits }, 'SOCIAL', undefined)).toBe(10_000)
  expect(await adjustThreshold({ database, limits }, 'SOCIAL', 4000)).toBe(20_000)
  expect(await adjustThreshold({ database, limits }, 'SOCIAL', 4200)).toBe(20_000)
  expect(await readThresholds(pool)).toEqual(new Map([['SOCIAL', 20_000]]))
  expect(await readActorFacts(pool, 'nobody', 'SOCIAL')).toEqual({ followerCount: 0, threshold: 20_000 })
  expect(await readActorFacts(pool, 'ada', 'MARKETING')).toEqual({ followerCount: 700, threshold: 10_000 })
  const load = { recipientsPerSecond: 1, backlog: 0 }
  expect(await changeThreshold(pool, 'SOCIAL', { was: 10_000, threshold: 5, load })).toBe(false)
})

it('counts whom a tier has yet to write to, and goes down with them', async () => {
  expect(await readFanOutBacklog(pool, 'SOCIAL')).toBe(0)
  await accepted({ followersOf: 'ada' })
  await accepted({ topic: 'bells' })
  await accepted({ userIds: ['a', 'b'] })
  await accepted({ followersOf: 'ada' }, { fanOut: 'BROADCAST' })
  await accepted({ followersOf: 'ada' }, { tier: 'MARKETING' })
  const sendAt = new Date(Date.now() + 3_600_000)
  await accepted({ followersOf: 'ada' }, { state: 'SCHEDULED', sendAt, dueAt: sendAt })
  expect(await readFanOutBacklog(pool, 'SOCIAL')).toBe(1002)
  expect(await adjustThreshold({ database, limits }, 'SOCIAL', 500)).toBe(1498)
})

it('hears what every process does', async () => {
  const watch = watchThreshold({ database, streams, limits }, 'MARKETING')
  const connection = await streams.connection
  await connection.flush()
  streams.signal(fanOutMeasured, 'MARKETING', { process: 'a', recipients: 500, busyMs: 1000 })
  streams.signal(fanOutMeasured, 'MARKETING', { process: 'b', recipients: 1000, busyMs: 2000 })
  streams.signal(fanOutMeasured, 'SOCIAL', { process: 'c', recipients: 90_000, busyMs: 2000 })
  // 1000 a second for a minute, less the 700 who wait.
  const measured = async () => (await readThresholds(pool)).get('MARKETING')
  await expect.poll(measured, { timeout: 15_000 }).toBe(59_300)
  await watch.stop()
})

describe('the meter', () => {
  it('counts time once, however many pages are made in it, and none between them', () => {
    let nowMs = 0
    const meter = fanOutMeter(() => nowMs)
    const [first, second] = [meter.begin(), meter.begin()]
    nowMs = 100
    first(500)
    nowMs = 150
    second(500)
    nowMs = 5000
    const third = meter.begin()
    nowMs = 5050
    third(300)
    expect(meter.take()).toEqual({ recipients: 1300, busyMs: 200 })
    expect(meter.take()).toEqual({ recipients: 0, busyMs: 0 })
  })

  it('takes no notice of pages for a few', () => {
    let nowMs = 0
    const meter = fanOutMeter(() => nowMs)
    const like = meter.begin()
    nowMs = 20
    like(1)
    expect(meter.take()).toEqual({ recipients: 0, busyMs: 0 })
  })
})
