/** When the clocks of the world change, by one version of the IANA database. */
export interface TimeZoneRules {
  /** "2026f" */
  readonly version: string
  /** Names are compared without regard to case, as ECMA-402 does. undefined: there is no such zone. */
  zone(name: string): Zone | undefined
}

/** A zone as periods between changes of its offset from UTC. */
export interface Zone {
  /** The instants of the changes, in ms, ascending. */
  readonly changes: readonly number[]
  /** In ms, east is positive: before the first change, and from each change on. */
  readonly offsets: readonly number[]
}

export const utc: Zone = { changes: [], offsets: [0] }

/** The number of the period that an instant is in: 0 before the first change. */
function periodAt({ changes }: Zone, instantMs: number): number {
  let low = 0
  let high = changes.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((changes[middle] ?? 0) <= instantMs) low = middle + 1
    else high = middle
  }
  return low
}

/** What the clocks of a zone show at an instant, in ms as if they showed UTC. */
export function wallClock(zone: Zone, instantMs: number): number {
  return instantMs + (zone.offsets[periodAt(zone, instantMs)] ?? 0)
}

/** The instants at which the clocks of a zone read from `from` until `to`, as if they showed UTC, in order of time. */
export function instantsOf(zone: Zone, from: number, to: number): readonly (readonly [from: number, to: number])[] {
  const last = periodAt(zone, to + maxOffsetMs)
  const found: [number, number][] = []
  for (let period = periodAt(zone, from - maxOffsetMs); period <= last; period++) {
    const offset = zone.offsets[period] ?? 0
    const begin = Math.max(zone.changes[period - 1] ?? Number.NEGATIVE_INFINITY, from - offset)
    const end = Math.min(zone.changes[period] ?? Number.POSITIVE_INFINITY, to - offset)
    if (begin < end) found.push([begin, end])
  }
  return found
}

/** No zone was ever further from UTC (Manila and Alaska were, until the date line was moved around them). */
const maxOffsetMs = 16 * 3_600_000
