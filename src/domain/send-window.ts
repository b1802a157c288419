import type { SendWindow } from './campaign.ts'
import { dayMs, localDay, timeOfDay, weekdayOf } from './quiet-hours.ts'
import { instantsOf, type Zone } from './time-zones.ts'

/** When a window is open next by the clocks of a zone: `at` itself where it is open then. */
export function opensAt(zone: Zone, { start, end, days }: SendWindow, at: Date): Date {
  const instant = at.getTime()
  const today = localDay(zone, instant)
  // Clocks that skip a window altogether skip it on one day only.
  for (let day = today - 1; day <= today + 15; day++) {
    if (!days.includes(weekdayOf(day))) continue
    const from = day * dayMs + timeOfDay(start)
    const to = day * dayMs + timeOfDay(end) + (end < start ? dayMs : 0)
    const open = instantsOf(zone, from, to).find((span) => span[1] > instant)
    if (open !== undefined) return new Date(Math.max(open[0], instant))
  }
  throw new Error('a window that never opens')
}
