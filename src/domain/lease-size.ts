/** A lease that was gone so soon was too small. */
const soonMs = 50

/**
 * How many tokens to take at once: few enough that none are left over, many enough that a busy process asks about twenty
 * times a second.
 */
export function leaseSize(lastSize: number, leftOver: number, lastedMs: number, most: number): number {
  const wanted = leftOver > 0 ? lastSize - leftOver : lastedMs < soonMs ? lastSize * 2 : lastSize
  return Math.min(most, Math.max(1, wanted))
}
