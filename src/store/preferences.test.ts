import { afterAll, expect, test } from 'vitest'
import { address } from '../../test/setup/address.ts'
import { unique } from '../../test/setup/schema-app.ts'
import { openDatabase } from './database.ts'
import { preferencesOf, readPreferences } from './preferences.ts'
import { upsertUsers } from './users.ts'

const database = openDatabase({ url: address('DATABASE_URL'), maxConnections: 2, name: 'preferences-test' })
afterAll(() => database.close())

const then = new Date('2026-11-22T10:00:00.000Z')
const later = new Date('2026-11-22T11:00:00.000Z')
const defaults = {
  timeZone: 'UTC',
  locale: 'en',
  channelOrder: ['IN_APP', 'PUSH', 'EMAIL', 'SMS'],
  channels: { IN_APP: true, PUSH: true, EMAIL: true, SMS: true },
  categoryOverrides: {},
  quietHours: null,
  hardStop: false,
}

test('preferences of many are read at once, the defaults for whoever is not known', async () => {
  const [known, unknown, picky] = [unique('user'), unique('user'), unique('user')]
  await upsertUsers(database, [{ id: known, timeZone: 'Asia/Tokyo', locale: 'ja' }, { id: picky }], then)
  await database.prisma.preference.create({
    data: {
      userId: picky,
      timeZone: 'Europe/Berlin',
      channelOrder: ['EMAIL'],
      channels: { SMS: false },
      categoryOverrides: { 'social.like': { '*': false } },
      quietHours: { start: '22:00', end: '07:00', days: ['MONDAY'] },
      updatedAt: later,
    },
  })
  expect(await readPreferences(database.pool, [known, unknown, picky])).toEqual(
    new Map([
      [known, { ...defaults, userId: known, timeZone: 'Asia/Tokyo', locale: 'ja', updatedAt: then }],
      [unknown, { ...defaults, userId: unknown, updatedAt: new Date(0) }],
      [
        picky,
        {
          ...defaults,
          userId: picky,
          timeZone: 'Europe/Berlin',
          channelOrder: ['EMAIL', 'IN_APP', 'PUSH', 'SMS'],
          channels: { IN_APP: true, PUSH: true, EMAIL: true, SMS: false },
          categoryOverrides: { 'social.like': { '*': false } },
          quietHours: { start: '22:00', end: '07:00', days: ['MONDAY'] },
          updatedAt: later,
        },
      ],
    ]),
  )
})

test('a hard stop shows', async () => {
  const id = unique('user')
  await upsertUsers(database, [{ id }], then)
  await database.prisma.user.update({ where: { userId: id }, data: { hardStop: true } })
  expect(await preferencesOf(database, id)).toEqual({ ...defaults, userId: id, hardStop: true, updatedAt: then })
})
