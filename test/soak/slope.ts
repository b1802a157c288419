export interface Reading {
  readonly atMinutes: number
  readonly value: number
}

/**
 * How much something grows a minute: the median of the slopes between all pairs (Theil and Sen), of the least of each
 * window. Memory goes up and down with every collection of garbage: what it does not fall below tells what is kept.
 */
export function slope(readings: readonly Reading[], windows = 12): number {
  const lows = leasts(readings, windows)
  const slopes = lows.flatMap((one, n) =>
    lows.slice(n + 1).map((other) => (other.value - one.value) / (other.atMinutes - one.atMinutes)),
  )
  return slopes.toSorted((a, b) => a - b)[Math.floor(slopes.length / 2)] ?? 0
}

function leasts(readings: readonly Reading[], windows: number): readonly Reading[] {
  const each = Math.max(1, Math.ceil(readings.length / windows))
  const lows: Reading[] = []
  for (let at = 0; at < readings.length; at += each) {
    lows.push(readings.slice(at, at + each).reduce((low, next) => (next.value < low.value ? next : low)))
  }
  return lows
}
