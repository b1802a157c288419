import { expect, it } from 'vitest'
import { loadTimeZones } from '../time-zone-data.ts'
import { nextOpening } from './send-window.ts'
import { utc } from './time-zones.ts'
import { weekdays } from './words.ts'

const rules = loadTimeZones()
const office = { start: '09:00', end: '17:00', days: weekdays }
const night = { start: '22:00', end: '02:00', days: ['SATURDAY'] as const }

it.each<[string, string, typeof office | typeof night, string, string, string]>([
  ['open from now on', 'UTC', office, '2027-03-10T10:00:00Z', '2027-03-10T10:00:00Z', '2027-03-10T17:00:00Z'],
  ['closed until it begins', 'UTC', office, '2027-03-10T08:00:00Z', '2027-03-10T09:00:00Z', '2027-03-10T17:00:00Z'],
  ['closed from its end on', 'UTC', office, '2027-03-10T17:00:00Z', '2027-03-11T09:00:00Z', '2027-03-11T17:00:00Z'],
  ['by the local clock', 'Asia/Tokyo', office, '2027-03-10T08:00:00Z', '2027-03-11T00:00:00Z', '2027-03-11T08:00:00Z'],
  ['of the day it begins on', 'UTC', night, '2027-03-14T01:00:00Z', '2027-03-14T01:00:00Z', '2027-03-14T02:00:00Z'],
  ['closed on other days', 'UTC', night, '2027-03-14T02:00:00Z', '2027-03-20T22:00:00Z', '2027-03-21T02:00:00Z'],
  [
    'as long as the clocks say',
    'Europe/Berlin',
    { start: '01:00', end: '04:00', days: weekdays },
    '2027-03-27T20:00:00Z',
    '2027-03-28T00:00:00Z',
    '2027-03-28T02:00:00Z',
  ],
])('a window is %s', (_how, zone, window, at, from, until) => {
  expect(nextOpening(rules.zone(zone) ?? utc, window, new Date(at))).toEqual({
    from: new Date(from),
    until: new Date(until),
  })
})

it('a window that the clocks skip is not open that day', () => {
  const skipped = { start: '02:10', end: '02:50', days: weekdays }
  expect(nextOpening(rules.zone('Europe/Berlin') ?? utc, skipped, new Date('2027-03-28T00:55:00Z')).from).toEqual(
    new Date('2027-03-29T00:10:00Z'),
  )
})
