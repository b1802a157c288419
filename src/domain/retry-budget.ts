/** Of the last ten seconds, for one provider and tier. */
export interface RetryCounts {
  readonly calls: number
  /** Retries that failed again. */
  readonly inVain: number
  /** Retries without an answer yet. */
  readonly underWay: number
}

const oneIn = 10
/** With little traffic a tenth of it is nothing. */
const leastInVain = 10

/**
 * Retries may add a tenth to what a provider is asked while it fails. One that succeeds costs nothing: when the provider
 * is back, what has piled up goes out at once.
 */
export function mayRetry({ calls, inVain, underWay }: RetryCounts): boolean {
  return inVain + underWay + 1 <= Math.max(leastInVain, (calls + 1) / oneIn)
}
