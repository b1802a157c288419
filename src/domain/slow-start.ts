const rampMs = 10_000
/** Of what the provider was called at before it failed. */
const beginsWith = 0.25
const leastPerSecond = 20

/**
 * Calls a second for the first while after a provider has come back: what has piled up must not knock it over again.
 * It doubles every second, so that a backlog goes out; undefined: no limit any more.
 */
export function rampPerSecond(before: number, sinceMs: number): number | undefined {
  if (sinceMs >= rampMs) return undefined
  return Math.max(before, leastPerSecond) * beginsWith * 2 ** (sinceMs / 1000)
}
