import { expect, it } from 'vitest'
import { loadTimeZones } from '../time-zone-data.ts'
import { firstReading } from './local-time.ts'
import { utc } from './time-zones.ts'

const rules = loadTimeZones()

it.each<[string, string, string, string, string]>([
  ['today, where it is ahead', 'Asia/Tokyo', '10:00', '2027-03-10T00:30:00Z', '2027-03-10T01:00:00Z'],
  ['tomorrow, where it has been', 'Asia/Tokyo', '10:00', '2027-03-10T01:30:00Z', '2027-03-11T01:00:00Z'],
  ['at once, where it is that time', 'Europe/Berlin', '10:00', '2027-03-10T09:00:30Z', '2027-03-10T09:00:30Z'],
  ['on the date of the place', 'America/Los_Angeles', '21:00', '2027-03-10T02:00:00Z', '2027-03-10T05:00:00Z'],
  ['after the gap that skips it', 'Europe/Berlin', '02:30', '2027-03-27T20:00:00Z', '2027-03-28T01:00:00Z'],
  ['after the gap, not at its own time', 'Europe/Berlin', '03:00', '2027-03-27T20:00:00Z', '2027-03-28T01:00:00Z'],
  ['the day after the gap', 'Europe/Berlin', '02:30', '2027-03-28T01:01:00Z', '2027-03-29T00:30:00Z'],
  ['the first time of two', 'Europe/Berlin', '02:30', '2027-10-30T20:00:00Z', '2027-10-31T00:30:00Z'],
  [
    'the second time of two, once the first is over',
    'Europe/Berlin',
    '02:30',
    '2027-10-31T00:31:00Z',
    '2027-10-31T01:30:00Z',
  ],
  ['with the new offset after a change', 'Europe/Berlin', '10:00', '2027-03-27T12:00:00Z', '2027-03-28T08:00:00Z'],
  ['after a day that there was not', 'Pacific/Apia', '10:00', '2011-12-29T22:00:00Z', '2011-12-30T10:00:00Z'],
])('a local time is %s', (_when, zone, time, from, first) => {
  expect(firstReading(rules.zone(zone) ?? utc, time, new Date(from))).toEqual(new Date(first))
})
