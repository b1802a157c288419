import { afterAll, expect, test } from 'vitest'
import { address } from '../../test/setup/address.ts'
import { unique } from '../../test/setup/schema-app.ts'
import type { ConsentSource } from '../domain/consent.ts'
import type { PreferenceChange } from '../domain/preference-change.ts'
import { openDatabase } from './database.ts'
import { preferencesOf } from './preferences.ts'
import { updatePreferences } from './update-preferences.ts'

const database = openDatabase({ url: address('DATABASE_URL'), maxConnections: 10, name: 'update-preferences-test' })
afterAll(() => database.close())

const at = new Date('2026-11-22T10:00:00.000Z')

function update(userId: string, change: PreferenceChange) {
  const source: ConsentSource = { changedBy: userId, credential: 'user_token' }
  return updatePreferences(database, { userId, change, source, at })
}

test('devices that change different things at once all win', async () => {
  const ada = unique('ada')
  const names = Array.from({ length: 20 }, (_, index) => `category.${index}`)
  await Promise.all([
    ...names.map((category) => update(ada, { categories: [{ category, enabled: false }] })),
    update(ada, { channels: [{ channel: 'SMS', enabled: false }] }),
    update(ada, { timeZone: 'Asia/Tokyo' }),
  ])
  expect(await preferencesOf(database, ada)).toEqual({
    userId: ada,
    timeZone: 'Asia/Tokyo',
    locale: 'en',
    channelOrder: ['IN_APP', 'PUSH', 'EMAIL', 'SMS'],
    channels: { IN_APP: true, PUSH: true, EMAIL: true, SMS: false },
    categoryOverrides: Object.fromEntries(names.map((category) => [category, { '*': false }])),
    quietHours: null,
    hardStop: false,
    updatedAt: at,
  })
})

test('nobody can have something to say of more than a thousand categories', async () => {
  const ada = unique('ada')
  const many = (from: number, count: number) => ({
    categories: Array.from({ length: count }, (_, index) => ({ category: `c${from + index}`, enabled: false })),
  })
  await update(ada, many(0, 1_000))
  await expect(update(ada, many(1_000, 1))).rejects.toMatchObject({ fields: [{ path: ['input', 'categories'] }] })
  await expect(update(ada, many(999, 1))).resolves.toMatchObject({ userId: ada })
})
