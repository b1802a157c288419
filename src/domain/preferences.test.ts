import { expect, test } from 'vitest'
import { type StoredPreferences, withDefaults } from './preferences.ts'
import { weekdays } from './words.ts'

const defaults = {
  timeZone: 'UTC',
  locale: 'en',
  channelOrder: ['IN_APP', 'PUSH', 'EMAIL', 'SMS'],
  channels: { IN_APP: true, PUSH: true, EMAIL: true, SMS: true },
  categoryOverrides: {},
  quietHours: null,
  hardStop: false,
}

const stored = (parts: Partial<StoredPreferences>): StoredPreferences => ({
  timeZone: null,
  locale: null,
  channelOrder: [],
  channels: {},
  categoryOverrides: {},
  quietHours: null,
  ...parts,
})

test('whoever has set nothing has the defaults', () => {
  expect(withDefaults(undefined, undefined)).toEqual(defaults)
  expect(withDefaults(stored({}), { timeZone: null, locale: null, hardStop: false })).toEqual(defaults)
})

test('what callers said of her counts until she sets it herself', () => {
  const user = { timeZone: 'Asia/Tokyo', locale: 'ja', hardStop: true }
  expect(withDefaults(undefined, user)).toEqual({ ...defaults, ...user })
  expect(withDefaults(stored({ locale: 'de' }), user)).toEqual({ ...defaults, ...user, locale: 'de' })
})

test('channels that her order leaves out come last', () => {
  expect(withDefaults(stored({ channelOrder: ['SMS', 'EMAIL'] }), undefined)).toEqual({
    ...defaults,
    channelOrder: ['SMS', 'EMAIL', 'IN_APP', 'PUSH'],
  })
})

test('what she has switched off stays off, the rest is on', () => {
  const categoryOverrides = { 'social.like': { '*': false, PUSH: true } }
  expect(withDefaults(stored({ channels: { EMAIL: false }, categoryOverrides }), undefined)).toEqual({
    ...defaults,
    channels: { IN_APP: true, PUSH: true, EMAIL: false, SMS: true },
    categoryOverrides,
  })
})

test('quiet hours without days are every day', () => {
  const quietHours = { start: '22:00', end: '07:30', days: null }
  expect(withDefaults(stored({ quietHours }), undefined)).toEqual({
    ...defaults,
    quietHours: { ...quietHours, days: weekdays },
  })
})
