import type { TimeZoneRules, Zone } from './time-zones.ts'

/** The packed format of moment-timezone (data/packed/latest.json): the IANA database, compiled, in one JSON file. */
export interface PackedZones {
  readonly version: string
  /** "name|abbreviations|offsets|which offset in each period|changes|population" */
  readonly zones: readonly string[]
  /** "name|other name" */
  readonly links: readonly string[]
}

/** Rules that unpack a zone when it is first asked for. */
export function unpackRules({ version, zones, links }: PackedZones): TimeZoneRules {
  const packed = new Map(zones.map((text) => [text.slice(0, text.indexOf('|')).toLowerCase(), text]))
  const canonical = new Map(links.flatMap((link) => canonicalName(link.toLowerCase(), packed)))
  const unpacked = new Map<string, Zone | undefined>()
  return {
    version,
    zone(name) {
      const known = unpacked.get(name)
      if (known !== undefined) return known
      const lower = name.toLowerCase()
      const text = packed.get(canonical.get(lower) ?? lower)
      if (text === undefined) return undefined
      const zone = unpackZone(text)
      unpacked.set(name, zone)
      return zone
    },
  }
}

function canonicalName(link: string, packed: ReadonlyMap<string, string>): [string, string][] {
  const [left = '', right = ''] = link.split('|')
  return packed.has(left) ? [[right, left]] : [[left, right]]
}

/** Offsets are minutes west of UTC, changes minutes since the one before (the first: since 1970), all in base 60. */
function unpackZone(text: string): Zone {
  const [, , offsets = '', periods = '', changes = ''] = text.split('|')
  const east = offsets.split(' ').map((word) => Math.round(minutes(word) * -60_000) + 0)
  let at = 0
  return {
    changes: changes === '' ? [] : changes.split(' ').map((word) => (at = Math.round(at + minutes(word) * 60_000))),
    offsets: Array.from(periods, (digit) => east[base60(digit)] ?? 0),
  }
}

/** "-1Lz.8": base 60 with a sign and a fraction. */
function minutes(word: string): number {
  const [whole = '', fraction = ''] = word.replace('-', '').split('.')
  const value =
    Array.from(whole).reduce((sum, digit) => sum * 60 + base60(digit), 0) +
    Array.from(fraction).reduceRight((sum, digit) => (sum + base60(digit)) / 60, 0)
  return word.startsWith('-') ? -value : value
}

const digits = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX'

function base60(digit: string): number {
  return digits.indexOf(digit)
}
