import type { QuietHours } from './preferences.ts'
import { instantsOf, type TimeZoneRules, utc, wallClock, type Zone } from './time-zones.ts'
import { weekdays } from './words.ts'

export interface QuietClock {
  /**
   * When what would go out at `at` may go out: undefined, at once; else the end of the window that `at` is in. The
   * window is [start, end) by the clocks of the zone, and belongs to the day on which it begins. Where clocks go back
   * through its end it is over when the second pass is: nobody is woken twice in one night. An edge in a gap is at
   * the end of the gap. A zone that is not known is UTC.
   */
  releaseAt(timeZone: string, quietHours: QuietHours, at: Date): Date | undefined
}

interface QuietSpan {
  readonly from: number
  readonly to: number
  readonly release: Date
}

/** Keeps at most `capacity` windows, by zone, window and local day. */
export function openQuietClock(rules: TimeZoneRules, capacity = 20_000): QuietClock {
  const windows = new Map<string, readonly QuietSpan[]>()
  return {
    releaseAt(timeZone, quietHours, at) {
      const { start, end, days } = quietHours
      if (start === end || days.length === 0) return undefined
      const instant = at.getTime()
      const zone = rules.zone(timeZone) ?? utc
      const day = localDay(zone, instant)
      const key = `${timeZone} ${start} ${end} ${days.length === 7 ? '' : days.join()} ${day}`
      let spans = windows.get(key)
      if (spans === undefined) {
        spans = spansOn(zone, quietHours, day).map(({ from, to, over }) => ({
          from,
          to,
          release: new Date(releaseAfter(zone, quietHours, over)),
        }))
        const [oldest] = windows.keys()
        if (windows.size >= capacity && oldest !== undefined) windows.delete(oldest)
        windows.set(key, spans)
      }
      return spans.find(({ from, to }) => from <= instant && instant < to)?.release
    },
  }
}

/** Where a gap swallows all the time between two windows, the next one follows at once. */
function releaseAfter(zone: Zone, quietHours: QuietHours, over: number): number {
  const next = spansOn(zone, quietHours, localDay(zone, over)).find(({ from, to }) => from <= over && over < to)
  return next === undefined ? over : releaseAfter(zone, quietHours, next.over)
}

interface Span {
  readonly from: number
  readonly to: number
  /** When its window is over for good. */
  readonly over: number
}

/** The quiet times that a local day (counted from 1970) can have a part of. */
function spansOn(zone: Zone, quietHours: QuietHours, day: number): readonly Span[] {
  return [...windowOf(zone, quietHours, day - 1), ...windowOf(zone, quietHours, day)]
}

/** The window that begins on a local day: more than one span where clocks go back over one of its edges. */
function windowOf(zone: Zone, { start, end, days }: QuietHours, day: number): readonly Span[] {
  if (!days.includes(weekdayOf(day))) return []
  const from = day * dayMs + timeOfDay(start)
  const to = day * dayMs + timeOfDay(end) + (end < start ? dayMs : 0)
  const spans = instantsOf(zone, from, to)
  const over = spans.at(-1)?.[1] ?? 0
  return spans.map(([begin, finish]) => ({ from: begin, to: finish, over }))
}

export function localDay(zone: Zone, instant: number): number {
  return Math.floor(wallClock(zone, instant) / dayMs)
}

export const dayMs = 24 * 3_600_000

/** 1970 began on a Thursday. */
export function weekdayOf(day: number): (typeof weekdays)[number] {
  return weekdays[(((day + 3) % 7) + 7) % 7] ?? 'MONDAY'
}

/** "07:30" in ms. */
export function timeOfDay(text: string): number {
  return (Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5))) * 60_000
}
