import { expect, test } from 'vitest'
import { timesOf } from './times.ts'

const now = new Date('2026-11-22T12:00:00Z')

test.each([
  ['2026-11-22T11:59:30Z', 'Today', 'now'],
  ['2026-11-22T11:58:00Z', 'Today', '2 min ago'],
  ['2026-11-22T09:05:00Z', 'Today', '10:05'],
  ['2026-11-21T23:30:00Z', 'Today', '00:30'],
  ['2026-11-21T22:30:00Z', 'Yesterday', '23:30'],
  ['2026-11-17T10:00:00Z', 'Tuesday', '11:00'],
  ['2026-11-15T10:00:00Z', '15 November', '11:00'],
  ['2025-11-22T10:00:00Z', '22 November 2025', '11:00'],
  ['2026-11-22T12:00:05Z', 'Today', '13:00'],
])('in Berlin, to a Briton, %s was %s, %s', (instant, day, time) => {
  const times = timesOf('en-GB', 'Europe/Berlin')
  expect([times.day(instant, now), times.time(instant, now)]).toEqual([day, time])
})

test.each([
  ['de', 'Gestern', '99', 'Mo'],
  ['tr', 'Dün', '99', 'Pzt'],
  ['ar-EG', 'أمس', '٩٩', 'الاثنين'],
])('speaks %s', (locale, yesterday, number, monday) => {
  const times = timesOf(locale, 'UTC')
  expect([times.day('2026-11-21T10:00:00Z', now), times.number(99), times.weekday(0)]).toEqual([
    yesterday,
    number,
    monday,
  ])
})
