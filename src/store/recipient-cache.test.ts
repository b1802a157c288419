import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { address } from '../../test/setup/address.ts'
import { unique } from '../../test/setup/schema-app.ts'
import type { ConsentSource } from '../domain/consent.ts'
import { noPreferences } from '../domain/preference-change.ts'
import { openDatabase } from './database.ts'
import { deactivateDevice, deactivateToken, registerDevice } from './devices.ts'
import { setHardStop } from './hard-stop.ts'
import { recipientCache } from './recipient-cache.ts'
import { type ReadRecipients, readRecipients } from './recipients.ts'
import { updatePreferences } from './update-preferences.ts'
import { upsertUsers } from './users.ts'

const database = openDatabase({ url: address('DATABASE_URL'), maxConnections: 4, name: 'recipient-cache-test' })
const redis = new Redis(address('REDIS_URL'), { lazyConnect: true, enableOfflineQueue: false })
beforeAll(() => redis.connect())
afterAll(async () => {
  redis.disconnect()
  await database.close()
})

const { pool } = database
const at = new Date('2026-11-22T10:00:00.000Z')
const source: ConsentSource = { changedBy: 'clr_1', credential: 'api_key' }

async function aUser(): Promise<string> {
  const id = unique('ada')
  await upsertUsers(database, [{ id, email: 'ada@example.com', timeZone: 'Asia/Tokyo' }], at)
  return id
}

const mute = (userId: string, category = 'news') =>
  updatePreferences(database, { userId, change: { categories: [{ category, enabled: false }] }, source, at })

const register = (userId: string, token = unique('token')) =>
  registerDevice(
    database,
    { userId, deviceId: 'phone', platform: 'IOS', token, app: 'com.example.app', environment: 'PRODUCTION' },
    at,
  )

/** What the cache of a process answers has to be what PostgreSQL has. */
async function expectTruth(read: ReadRecipients, userIds: readonly string[]) {
  const recipients = await read(pool, userIds)
  expect(recipients).toEqual(await readRecipients(pool, userIds))
  return recipients
}

/** The second read of a process is answered from its own copies, the first one of another process from Redis. */
async function warm(userId: string): Promise<void> {
  await recipientCache(redis)(pool, [userId])
  await expect.poll(() => redis.exists(`preferences:1:${userId}`, `devices:1:${userId}`)).toBe(2)
}

test('a page is what PostgreSQL has, with and without what can be copied', async () => {
  const [plain, picky, gone] = [await aUser(), await aUser(), unique('gone')]
  await mute(picky)
  await register(picky)
  const read = recipientCache(redis)
  for (const each of [read, read, recipientCache(redis), recipientCache(undefined)]) {
    const recipients = await expectTruth(each, [plain, picky, gone])
    expect([...recipients.keys()].sort()).toEqual([plain, picky].sort())
  }
})

test('a copy of the version that is true is believed', async () => {
  const userId = await aUser()
  await mute(userId)
  await register(userId)
  await warm(userId)
  const [version] = ((await redis.get(`preferences:1:${userId}`)) ?? '').split(' ')
  await redis.set(`preferences:1:${userId}`, `${version} ${JSON.stringify({ ...noPreferences, locale: 'tlh' })}`)
  const recipients = await recipientCache(redis)(pool, [userId])
  expect(recipients.get(userId)?.preferences.locale).toBe('tlh')
})

test('an opt-out and a hard stop are obeyed at once, by every process', async () => {
  const userId = await aUser()
  await mute(userId)
  await register(userId)
  const processes = [recipientCache(redis), recipientCache(redis), recipientCache(undefined)]
  for (const read of processes) await expectTruth(read, [userId])
  await mute(userId, 'social.like')
  for (const read of processes) {
    const recipient = (await expectTruth(read, [userId])).get(userId)
    expect(recipient?.preferences.categoryOverrides).toEqual({ news: { '*': false }, 'social.like': { '*': false } })
  }
  await setHardStop(database, { userId, active: true, reason: 'asked', source, at })
  for (const read of processes) {
    expect((await expectTruth(read, [userId])).get(userId)?.preferences.hardStop).toBe(true)
  }
})

test('an opt-out that Redis did not see holds when Redis is back', async () => {
  const userId = await aUser()
  await mute(userId)
  await register(userId)
  await warm(userId)
  const old = await redis.get(`preferences:1:${userId}`)
  await mute(userId, 'social.like')
  await expectTruth(recipientCache(undefined), [userId])
  expect(await redis.get(`preferences:1:${userId}`)).toBe(old)
  await expectTruth(recipientCache(redis), [userId])
})

test('what a slow reader puts back is not believed', async () => {
  const userId = await aUser()
  await mute(userId)
  await register(userId)
  await warm(userId)
  const old = (await redis.get(`preferences:1:${userId}`)) ?? ''
  await mute(userId, 'social.like')
  await warm(userId)
  await redis.set(`preferences:1:${userId}`, old)
  await expectTruth(recipientCache(redis), [userId])
})

test('a device that comes, goes, or dies is known at once', async () => {
  const [ada, bob, token] = [await aUser(), await aUser(), unique('token')]
  const read = recipientCache(redis)
  const expectDevices = async (ofAda: number, ofBob: number) => {
    const recipients = await expectTruth(read, [ada, bob])
    expect([ada, bob].map((id) => recipients.get(id)?.activeDevices)).toEqual([ofAda, ofBob])
  }
  await expectDevices(0, 0)
  await register(ada, token)
  await expectDevices(1, 0)
  await register(bob, token)
  await expectDevices(0, 1)
  await deactivateToken(pool, { app: 'com.example.app', token, deadSince: at })
  await expectDevices(0, 0)
  await register(bob, token)
  await expectDevices(0, 1)
  await deactivateDevice(database, bob, 'phone')
  await expectDevices(0, 0)
})

test('a token that has died is known to be dead at once by every process, whatever it remembers', async () => {
  const [userId, token] = [await aUser(), unique('token')]
  await register(userId, token)
  const processes = [recipientCache(redis), recipientCache(redis), recipientCache(undefined)]
  const activeDevices = () =>
    Promise.all(processes.map(async (read) => (await read(pool, [userId])).get(userId)?.devices))
  for (let n = 0; n < 2; n++) expect((await activeDevices()).map((devices) => devices?.length)).toEqual([1, 1, 1])
  await deactivateToken(pool, { app: 'com.example.app', token, deadSince: at })
  expect(await activeDevices()).toEqual([[], [], []])
})

test('somebody who is removed and made again gets nothing of before', async () => {
  const userId = await aUser()
  await mute(userId)
  await register(userId)
  await warm(userId)
  for (const table of ['device', 'preference', 'users']) {
    await pool.query(`DELETE FROM ${table} WHERE user_id = $1`, [userId])
  }
  await upsertUsers(database, [{ id: userId }], at)
  await expectTruth(recipientCache(redis), [userId])
  await mute(userId, 'social.like')
  await expectTruth(recipientCache(redis), [userId])
})

test('without Redis the answers are the same', async () => {
  const userId = await aUser()
  await mute(userId)
  await register(userId)
  const away = new Redis({ port: 1, lazyConnect: true, enableOfflineQueue: false })
  await expectTruth(recipientCache(away), [userId])
})

test('an app that starts again leaves the copies as they are', async () => {
  const [userId, token] = [await aUser(), unique('token')]
  const version = async () =>
    (await pool.query('SELECT devices_version FROM users WHERE user_id = $1', [userId])).rows[0]?.devices_version
  await register(userId, token)
  const before = await version()
  await register(userId, token)
  expect(await version()).toBe(before)
})

test('nobody has preferences or devices without being a user', async () => {
  const insert = `INSERT INTO preference (user_id, channel_order) VALUES ($1, '{}')`
  await expect(pool.query(insert, [unique('nobody')])).rejects.toMatchObject({ code: '23503' })
})
