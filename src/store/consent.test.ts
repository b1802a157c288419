import { afterAll, expect, test } from 'vitest'
import { address } from '../../test/setup/address.ts'
import { unique } from '../../test/setup/schema-app.ts'
import type { ConsentSource } from '../domain/consent.ts'
import { openDatabase } from './database.ts'
import { setHardStop } from './hard-stop.ts'
import { updatePreferences } from './update-preferences.ts'
import { upsertUsers } from './users.ts'

const database = openDatabase({ url: address('DATABASE_URL'), maxConnections: 2, name: 'consent-test' })
afterAll(() => database.close())

const at = new Date('2026-11-22T10:00:00.000Z')
const caller: ConsentSource = { changedBy: 'clr_1', credential: 'api_key' }
const common = { category: null, channel: null, reason: null, changedBy: 'clr_1', credential: 'api_key', at }

async function recordsOf(userId: string) {
  const records = await database.prisma.consentChange.findMany({ where: { userId }, orderBy: { id: 'asc' } })
  return records.map(({ id: _id, userId: _userId, ...record }) => record)
}

async function aUser(): Promise<string> {
  const id = unique('ada')
  await upsertUsers(database, [{ id }], at)
  return id
}

test('every change of consent is recorded, and nothing else is', async () => {
  const userId = await aUser()
  const update = (change: object) => updatePreferences(database, { userId, change, source: caller, at })
  await update({ timeZone: 'Asia/Tokyo', channels: [{ channel: 'SMS', enabled: false }] })
  await update({ channels: [{ channel: 'SMS', enabled: false }] })
  await update({ categories: [{ category: 'news', channel: 'EMAIL', enabled: false }] })
  await update({ categories: [{ category: 'news', enabled: false }], locale: 'de' })
  const source: ConsentSource = { changedBy: userId, credential: 'unsubscribe_link' }
  await updatePreferences(database, { userId, source, at, change: { channels: [{ channel: 'SMS', enabled: true }] } })
  expect(await recordsOf(userId)).toEqual([
    { ...common, subject: 'CHANNEL', channel: 'SMS', was: true, became: false },
    { ...common, subject: 'CATEGORY', category: 'news', channel: 'EMAIL', was: null, became: false },
    { ...common, subject: 'CATEGORY', category: 'news', was: null, became: false },
    { ...common, subject: 'CATEGORY', category: 'news', channel: 'EMAIL', was: false, became: null },
    {
      ...common,
      subject: 'CHANNEL',
      channel: 'SMS',
      was: false,
      became: true,
      changedBy: userId,
      credential: 'unsubscribe_link',
    },
  ])
})

test('a hard stop is recorded with its reason, once', async () => {
  const userId = await aUser()
  await setHardStop(database, { userId, active: true, reason: 'asked by letter', source: caller, at })
  await setHardStop(database, { userId, active: true, reason: 'asked again', source: caller, at })
  await setHardStop(database, { userId, active: false, reason: 'came back', source: caller, at })
  expect(await recordsOf(userId)).toEqual([
    { ...common, subject: 'HARD_STOP', was: false, became: true, reason: 'asked by letter' },
    { ...common, subject: 'HARD_STOP', was: true, became: false, reason: 'came back' },
  ])
})

test('a change whose record cannot be written is not made', async () => {
  const userId = await aUser()
  const nameless = { ...caller, changedBy: null } as unknown as ConsentSource
  const stop = { userId, active: true, reason: 'asked', source: nameless, at }
  await expect(setHardStop(database, stop)).rejects.toThrow('null value')
  expect(await database.prisma.user.findUnique({ where: { userId } })).toMatchObject({ hardStop: false })
})

test.each([
  ['changed', 'UPDATE consent_change SET became = true'],
  ['removed', 'DELETE FROM consent_change'],
  ['emptied', 'TRUNCATE consent_change'],
])('the record cannot be %s by the application’s role', async (_what, sql) => {
  const userId = await aUser()
  await setHardStop(database, { userId, active: true, reason: 'asked', source: caller, at })
  const before = await recordsOf(userId)
  await expect(database.pool.query(sql)).rejects.toMatchObject({ code: '42501' })
  // Owning the table, it may grant itself what was revoked.
  await database.pool.query('GRANT ALL ON consent_change TO CURRENT_USER')
  await expect(database.pool.query(sql)).rejects.toThrow('append-only')
  await database.pool.query('REVOKE UPDATE, DELETE, TRUNCATE ON consent_change FROM CURRENT_USER')
  expect(await recordsOf(userId)).toEqual(before)
})
