/** Counts of the last while, kept in buckets: what is old drops out by itself. */
export interface SlidingCounts {
  /** Times are in milliseconds; one that is earlier than the last counts as the last. */
  add(column: number, at: number): void
  sum(column: number, at: number): number
  clear(): void
}

/** Covers `buckets` × `bucketMs`, less what is left of the bucket that is being filled. */
export function slidingCounts(columns: number, bucketMs: number, buckets: number): SlidingCounts {
  const counts = new Uint32Array(columns * buckets)
  let newest = 0

  /** Empties the buckets that time has passed by; gives the place of the one for `at`. */
  function turnTo(at: number): number {
    const bucket = Math.max(newest, Math.floor(at / bucketMs))
    if (bucket - newest >= buckets) counts.fill(0)
    else for (let each = newest + 1; each <= bucket; each++) emptyBucket(each % buckets)
    newest = bucket
    return bucket % buckets
  }

  function emptyBucket(place: number): void {
    counts.fill(0, place * columns, (place + 1) * columns)
  }

  return {
    add(column, at) {
      const index = turnTo(at) * columns + column
      counts[index] = (counts[index] ?? 0) + 1
    },
    sum(column, at) {
      turnTo(at)
      let sum = 0
      for (let index = column; index < counts.length; index += columns) sum += counts[index] ?? 0
      return sum
    },
    clear: () => void counts.fill(0),
  }
}
