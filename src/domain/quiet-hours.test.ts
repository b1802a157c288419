import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadTimeZones } from '../time-zone-data.ts'
import type { QuietHours } from './preferences.ts'
import { openQuietClock } from './quiet-hours.ts'
import { wallClock } from './time-zones.ts'
import { type Weekday, weekdays } from './words.ts'

const rules = loadTimeZones()
const clock = openQuietClock(rules)

interface Vector {
  readonly zone: string
  readonly start: string
  readonly end: string
  readonly days?: readonly Weekday[]
  readonly at: string
  readonly quiet: boolean
  readonly release: string
}

describe('quiet hours', () => {
  it.each([...vectorsOf('quiet-hours.json'), ...vectorsOf('quiet-hours-days.json')])(
    'hold $zone $start to $end at $at until $release',
    ({ zone, start, end, days = weekdays, at, quiet, release }) => {
      const until = clock.releaseAt(zone, { start, end, days }, new Date(at))
      expect({ quiet: until !== undefined, release: until ?? new Date(at) }).toEqual({
        quiet,
        release: new Date(release),
      })
    },
  )

  const nightOfTwoPasses = { zone: 'America/New_York', ...everyDay('22:00', '01:30') }
  it.each([
    ['clocks go back through the end', nightOfTwoPasses, '2026-11-01T05:10:00Z', '2026-11-01T06:30:00Z'],
    [
      'clocks go back to the end',
      { zone: 'America/New_York', ...everyDay('22:00', '01:00') },
      '2026-11-01T04:59:00Z',
      '2026-11-01T05:00:00Z',
    ],
    [
      'clocks go back through the beginning',
      { zone: 'America/New_York', ...everyDay('01:30', '08:00') },
      '2026-11-01T05:45:00Z',
      '2026-11-01T13:00:00Z',
    ],
    [
      'a gap swallows the time between two windows',
      { zone: 'America/New_York', ...everyDay('03:00', '02:30') },
      '2026-03-08T06:30:00Z',
      '2026-03-09T06:30:00Z',
    ],
  ])('release once where %s', (_case, { zone, ...window }, at, release) => {
    expect(clock.releaseAt(zone, window, new Date(at))).toEqual(new Date(release))
  })

  it('go by UTC where the zone is not known, and know names in any case', () => {
    const at = new Date('2026-06-01T06:30:00Z')
    const window = everyDay('22:00', '07:00')
    expect(clock.releaseAt('Nowhere/Atlantis', window, at)).toEqual(new Date('2026-06-01T07:00:00Z'))
    expect(clock.releaseAt('asia/tokyo', window, at)).toBeUndefined()
  })

  it('are told the same when many windows have been forgotten', () => {
    const forgetful = openQuietClock(rules, 2)
    fc.assert(
      fc.property(anywhere, aWindow, anInstant, (zone, window, at) => {
        expect(forgetful.releaseAt(zone, window, at)).toEqual(clock.releaseAt(zone, window, at))
      }),
    )
  })

  it('are what the clock on the wall says', () => {
    fc.assert(
      fc.property(anywhere, aWindow, anInstant, (zone, window, at) => {
        expect(clock.releaseAt(zone, window, at) !== undefined).toBe(isQuiet(zone, window, at))
      }),
      { numRuns: 2000 },
    )
  })

  it('release never within quiet hours, and never before now', () => {
    fc.assert(
      fc.property(anywhere, aWindow, anInstant, (zone, window, at) => {
        const release = clock.releaseAt(zone, window, at)
        if (release === undefined) return
        expect(release.getTime()).toBeGreaterThan(at.getTime())
        expect(isQuiet(zone, window, release)).toBe(false)
      }),
      { numRuns: 2000 },
    )
  })

  it('release in the order in which they began to hold', () => {
    fc.assert(
      fc.property(anywhere, aWindow, anInstant, fc.nat(72 * 60), (zone, window, at, minutes) => {
        const earlier = clock.releaseAt(zone, window, at)
        const later = clock.releaseAt(zone, window, new Date(at.getTime() + minutes * 60_000))
        if (earlier === undefined || later === undefined) return
        expect(later.getTime()).toBeGreaterThanOrEqual(earlier.getTime())
      }),
      { numRuns: 2000 },
    )
  })
})

const anywhere = fc.constantFrom(
  ...['America/New_York', 'Europe/Dublin', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Pacific/Chatham'],
  ...['Africa/Cairo', 'Africa/Casablanca', 'Antarctica/Troll', 'Pacific/Apia', 'America/Havana', 'UTC'],
)
const aTime = fc
  .nat(24 * 60 - 1)
  .map((minute) => `${`${Math.floor(minute / 60)}`.padStart(2, '0')}:${`${minute % 60}`.padStart(2, '0')}`)
const aWindow = fc.record({ start: aTime, end: aTime, days: fc.subarray([...weekdays]) })
/** Half of them close to a change of clocks somewhere. */
const anInstant = fc.oneof(
  fc.date({ min: new Date('2012-01-01'), max: new Date('2037-12-31'), noInvalidDate: true }),
  fc
    .tuple(anywhere, fc.nat(40), fc.integer({ min: -36 * 60, max: 36 * 60 }))
    .map(([zone, nth, minutes]) => new Date(changeOf(zone, nth) + minutes * 60_000)),
)

function changeOf(zone: string, nth: number): number {
  const changes = rules.zone(zone)?.changes.filter((at) => at > Date.UTC(2012) && at < Date.UTC(2037)) ?? []
  return changes[nth % changes.length] ?? Date.UTC(2026, 2, 8, 7)
}

/** By the definition: the wall clock, its date, and nothing else. */
function isQuiet(name: string, { start, end, days }: QuietHours, at: Date): boolean {
  const zone = rules.zone(name)
  if (zone === undefined) throw new Error(`no zone ${name}`)
  const wall = new Date(wallClock(zone, at.getTime()))
  const time = wall.toISOString().slice(11, 16)
  const today = (wall.getUTCDay() + 6) % 7
  const isOn = (day: number) => days.some((each) => each === weekdays[day])
  if (start <= end) return start <= time && time < end && isOn(today)
  return (time >= start && isOn(today)) || (time < end && isOn((today + 6) % 7))
}

function everyDay(start: string, end: string): QuietHours {
  return { start, end, days: weekdays }
}

function vectorsOf(name: string): readonly Vector[] {
  return JSON.parse(readFileSync(new URL(`../../test/vectors/${name}`, import.meta.url), 'utf8'))
}
