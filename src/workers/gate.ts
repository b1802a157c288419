import type { Outcome } from '../domain/outcome.ts'

/** What stands between the workers of a tier and one provider. */
export interface Gate {
  /** Whether it lets no call through now, because its breaker is open. To choose among providers. */
  isClosed(): boolean
  /** In how many milliseconds to come back, for a slice that finds it closed. They come back one after the other. */
  comeBackInMs(): number
  /**
   * Asks to make one call. Waits itself for a fraction of a second at most; where that is not enough, it says how long to
   * wait, and the wait is a child slice: a lane never stands still because of one provider.
   */
  enter(call: GateCall, signal: AbortSignal): Promise<Entry>
}

export interface GateCall {
  /** Not the first attempt at its delivery. */
  readonly isRetry: boolean
}

export type Entry =
  /** Whoever has entered leaves, with what came of the call. */
  | { readonly kind: 'go'; leave(outcome: Outcome, latencyMs: number): void }
  | { readonly kind: 'wait'; readonly forMs: number; readonly because: WaitReason }

export type WaitReason = 'breaker_open' | 'busy' | 'paced' | 'retry_budget'

/** Lets everybody through. */
export const openGate: Gate = {
  isClosed: () => false,
  comeBackInMs: () => 0,
  enter: async () => ({ kind: 'go', leave() {} }),
}
