/** Bounds grow by √2 from one millisecond to two minutes: a quantile is right to within a few per cent. */
const bounds = Array.from({ length: 35 }, (_, index) => 2 ** (index / 2))

export const latencyBuckets = bounds.length + 1

/** The bucket of a latency: its bound is the first that is not smaller; the last has none. */
export function bucketOf(latencyMs: number): number {
  return latencyMs <= 1 ? 0 : Math.min(bounds.length, Math.ceil(Math.log2(latencyMs) * 2))
}

/** The latency that a share `q` of those counted did not exceed, interpolated within its bucket; null: none counted. */
export function quantile(counts: readonly number[], q: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return null
  let below = 0
  for (const [index, count] of counts.entries()) {
    if (count > 0 && below + count >= q * total) return within(index, (q * total - below) / count)
    below += count
  }
  return within(counts.length - 1, 1)
}

function within(bucket: number, share: number): number {
  const upper = bounds[bucket] ?? bounds.at(-1) ?? 0
  const lower = bucket === 0 ? 0 : (bounds[bucket - 1] ?? 0)
  return lower + (upper - lower) * share
}
