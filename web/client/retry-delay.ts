const firstMs = 500
const longestMs = 30_000

/** Twice as long with each attempt, and at random: those whom a restart has disconnected do not come back together. */
export function retryDelayMs(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(firstMs * 2 ** (attempt - 1), longestMs)
  return Math.round(ceiling * (0.5 + random() / 2))
}
