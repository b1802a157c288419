/** Where slices that find a breaker open wait: they come back one after the other, and not all at once. */
export interface WaitingLine {
  /** When to come back: the next free place of so many a second, none before `from`. Milliseconds, as they came in. */
  place(from: number, perSecond: number): number
}

/** Nobody waits longer than this for his place; a longer line comes back faster, spread at random. */
const longestMs = 30_000

export function openWaitingLine(random: () => number): WaitingLine {
  let next = 0
  return {
    place(from, perSecond) {
      const place = Math.max(next, from) + 1000 / perSecond
      if (place - from > longestMs) return from + random() * longestMs
      next = place
      return place
    },
  }
}
