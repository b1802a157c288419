import { expect, test } from 'vitest'
import { judgeZoneData } from './zone-data-age.ts'

test.each([
  ['2026f', '2026-11-25', 'ok'],
  ['2026f', '2027-06-30', 'ok'],
  ['2026f', '2027-07-15', 'warning'],
  ['2019a', '2026-11-25', 'warning'],
  ['unknown', '2026-11-25', 'warning'],
])('rules of %s on %s: %s', (version, day, state) => {
  expect(judgeZoneData(version, new Date(day))).toMatchObject({ subject: 'time zones', state })
})
