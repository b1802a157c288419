import { dayMs, localDay, timeOfDay } from './quiet-hours.ts'
import { instantsOf, type Zone } from './time-zones.ts'

const minuteMs = 60_000

/**
 * The first instant from `from` on at which the clocks of a zone read a time ("10:00"). On a day on which they skip it
 * that is the first minute after the gap.
 */
export function firstReading(zone: Zone, time: string, from: Date): Date {
  const instant = from.getTime()
  const today = localDay(zone, instant)
  // Yesterday's may be in a gap that ends today.
  for (let day = today - 1; ; day++) {
    const found = readings(zone, day * dayMs + timeOfDay(time)).find(([, end]) => end > instant)
    if (found !== undefined) return new Date(Math.max(found[0], instant))
  }
}

/** The minutes at which the clocks show this; of a time that they skip, the minute after the gap. */
function readings(zone: Zone, shown: number): readonly (readonly [from: number, to: number])[] {
  const minutes = instantsOf(zone, shown, shown + minuteMs)
  if (minutes.length > 0) return minutes
  const [after] = instantsOf(zone, shown, shown + 2 * dayMs)
  return after === undefined ? [] : [[after[0], after[0] + minuteMs]]
}
