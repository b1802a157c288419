import { expect, test } from 'vitest'
import type { Preferences } from '../client/index.ts'
import { categoriesOf, isWanted } from './preference-rows.ts'

const preferences: Preferences = {
  timeZone: 'UTC',
  locale: 'en',
  channelOrder: [],
  channels: [],
  categories: [
    { category: 'social.like', channel: null, enabled: false },
    { category: 'social.like', channel: 'PUSH', enabled: true },
  ],
  quietHours: null,
  hardStop: false,
}

test('what was said of the channel goes before what was said of the category; everything else is wanted', () => {
  expect([
    isWanted(preferences, 'social.like', 'PUSH'),
    isWanted(preferences, 'social.like', 'SMS'),
    isWanted(preferences, 'order.shipped', 'SMS'),
  ]).toEqual([true, false, true])
})

test('lists what the page names, else what it knows of, in words', () => {
  const named = [{ id: 'order.shipped', label: 'Your orders' }]
  expect(categoriesOf(named, preferences, ['security.otp'])).toEqual(named)
  expect(categoriesOf(undefined, preferences, ['order.shipped', 'social.like'])).toEqual([
    { id: 'order.shipped', label: 'Order shipped' },
    { id: 'social.like', label: 'Social like' },
  ])
})
