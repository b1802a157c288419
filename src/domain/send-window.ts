import type { SendWindow } from './campaign.ts'
import { dayMs, localDay, timeOfDay, weekdayOf } from './quiet-hours.ts'
import { instantsOf, type Zone } from './time-zones.ts'

export interface Opening {
  readonly from: Date
  /** When it is over for that day. */
  readonly until: Date
}

/** When a window is open next by the clocks of a zone: from `at` where it is open then. */
export function nextOpening(zone: Zone, { start, end, days }: SendWindow, at: Date): Opening {
  const instant = at.getTime()
  const today = localDay(zone, instant)
  // Clocks that skip a window altogether skip it on one day only.
  for (let day = today - 1; day <= today + 15; day++) {
    if (!days.includes(weekdayOf(day))) continue
    const from = day * dayMs + timeOfDay(start)
    const to = day * dayMs + timeOfDay(end) + (end < start ? dayMs : 0)
    const spans = instantsOf(zone, from, to)
    const [open, last] = [spans.find((span) => span[1] > instant), spans.at(-1)]
    if (open && last) return { from: new Date(Math.max(open[0], instant)), until: new Date(last[1]) }
  }
  throw new Error('a window that never opens')
}
