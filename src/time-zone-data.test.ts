import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { wallClock } from './domain/time-zones.ts'
import { loadTimeZones } from './time-zone-data.ts'

test('the rules are at least those of the autumn of 2026, whatever the runtime carries', () => {
  const rules = loadTimeZones()
  expect(rules.version >= '2026f').toBe(true)
  expect(['America/Winnipeg', 'America/Inuvik', 'America/Havana'].map((zone) => local(rules, zone))).toEqual([
    '07:00',
    '06:00',
    '08:00',
  ])
})

test('every zone that the runtime has a name for is known', () => {
  const rules = loadTimeZones()
  expect(Intl.supportedValuesOf('timeZone').filter((name) => rules.zone(name) === undefined)).toEqual([])
  expect(rules.zone('Asia/Calcutta')).toEqual(rules.zone('asia/kolkata'))
})

test('newer rules can be had from a file, without a newer runtime or package', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'carillon-tz-')), 'latest.json')
  const packed = {
    version: '2031a',
    zones: ['Moon/Tranquility|LTC|-1.u|0||1'],
    links: ['Moon/Tranquility|Moon/Apollo'],
  }
  writeFileSync(path, JSON.stringify(packed))
  const rules = loadTimeZones(path)
  expect(rules.version).toBe('2031a')
  expect(rules.zone('Moon/Apollo')).toEqual({ changes: [], offsets: [90_000] })
})

test('a file that holds something else is refused', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'carillon-tz-')), 'latest.json')
  writeFileSync(path, '{"version":"2031a"}')
  expect(() => loadTimeZones(path)).toThrow(/zones/)
})

function local(rules: ReturnType<typeof loadTimeZones>, name: string): string {
  const zone = rules.zone(name)
  if (zone === undefined) throw new Error(`no zone ${name}`)
  return new Date(wallClock(zone, Date.UTC(2026, 10, 22, 12))).toISOString().slice(11, 16)
}
