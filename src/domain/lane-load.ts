/** What is known of a delivery lane. */
export interface LaneLoad {
  /** Slices that wait for a call or are being worked on. */
  readonly open: number
  /** How many of them it gets rid of in a second, as it was seen lately. */
  readonly perSecond: number
}

/** A lane that nothing is known of. */
export const emptyLane: LaneLoad = { open: 0, perSecond: 0 }

/** So much bulk work a lane may have queued: a like that comes now waits for no more than that. */
const queuedSeconds = 2
/** What keeps the workers of a lane busy whose pace is not known yet: two pages. */
const alwaysOpen = 10

/** Whether another page may be made for this lane. */
export function hasRoom({ open, perSecond }: LaneLoad): boolean {
  return open < Math.max(alwaysOpen, perSecond * queuedSeconds)
}

/** The load after `added` more and `elapsedMs`, when `open` are left. A lane that slows down is believed within a second or two. */
export function nextLoad(before: LaneLoad, added: number, open: number, elapsedMs: number): LaneLoad {
  const seconds = elapsedMs / 1000
  const seen = Math.max(0, before.open + added - open) / seconds
  return { open, perSecond: Math.max(seen, before.perSecond * 0.5 ** seconds) }
}
