import { expect, test } from 'vitest'
import { type CategoryChange, changePreferences, noPreferences, type PreferenceChange } from './preference-change.ts'
import type { StoredPreferences } from './preferences.ts'

const stored: StoredPreferences = {
  timeZone: 'Europe/Berlin',
  locale: 'de',
  channelOrder: ['IN_APP', 'SMS'],
  channels: { EMAIL: false },
  categoryOverrides: { 'social.like': { '*': false, PUSH: true } },
  quietHours: { start: '22:00', end: '07:00', days: null },
}

test('what is left out stays as it is', () => {
  expect(changePreferences(stored, {})).toEqual(stored)
})

test('null is the default, but for the lists of changes, where it changes nothing', () => {
  const nulls = {
    timeZone: null,
    locale: null,
    channelOrder: null,
    channels: null,
    categories: null,
    quietHours: null,
  }
  const { channels, categoryOverrides } = stored
  expect(changePreferences(stored, nulls)).toEqual({ ...noPreferences, channels, categoryOverrides })
})

test('channels that are not named stay off, and one that is on again is forgotten', () => {
  const change: PreferenceChange = {
    channels: [
      { channel: 'SMS', enabled: false },
      { channel: 'PUSH', enabled: true },
    ],
  }
  expect(changePreferences(stored, change).channels).toEqual({ EMAIL: false, SMS: false })
  expect(changePreferences(stored, { channels: [{ channel: 'EMAIL', enabled: true }] }).channels).toEqual({})
})

const overrides: readonly [string, readonly CategoryChange[], StoredPreferences['categoryOverrides']][] = [
  [
    'another category is added',
    [{ category: 'news', channel: 'EMAIL', enabled: false }],
    { ...stored.categoryOverrides, news: { EMAIL: false } },
  ],
  [
    'one channel of it goes back to the default',
    [{ category: 'social.like', channel: 'PUSH', enabled: null }],
    { 'social.like': { '*': false } },
  ],
  ['every channel goes back to the default', [{ category: 'social.like', enabled: null }], {}],
  ['every channel is on again', [{ category: 'social.like', channel: null, enabled: true }], {}],
  [
    'every channel is off, and so is the one that was on',
    [{ category: 'social.like', enabled: false }],
    { 'social.like': { '*': false } },
  ],
  [
    'one channel holds against all of them, in whichever order',
    [
      { category: 'social.like', channel: 'SMS', enabled: true },
      { category: 'social.like', channel: null, enabled: false },
    ],
    { 'social.like': { '*': false, SMS: true } },
  ],
  [
    'what is the default anyway is not kept',
    [{ category: 'news', channel: 'SMS', enabled: true }],
    stored.categoryOverrides,
  ],
]
test.each(overrides)('of categories: %s', (_what, categories, after) => {
  expect(changePreferences(stored, { categories }).categoryOverrides).toEqual(after)
})

test.each([
  ['the same start and end are none', { start: '22:00', end: '22:00' }, null],
  ['no days are none', { start: '22:00', end: '07:00', days: [] }, null],
  ['no word of days is every day', { start: '22:00', end: '07:00' }, { start: '22:00', end: '07:00', days: null }],
  [
    'days are kept in their order',
    { start: '22:00', end: '07:00', days: ['SUNDAY', 'FRIDAY'] as const },
    { start: '22:00', end: '07:00', days: ['FRIDAY', 'SUNDAY'] },
  ],
])('of quiet hours: %s', (_what, quietHours, after) => {
  expect(changePreferences(stored, { quietHours }).quietHours).toEqual(after)
})
