/** A process at work. */
export interface Running {
  /** Resolves when everything it needs is there, for as long as it takes; rejects where waiting would be in vain. */
  readonly started: Promise<void>
  /** Takes no new work, finishes what is in flight, closes everything; also before it has started. */
  stop(): Promise<void>
  /** How long that may take. */
  readonly stopLimitMs: number
}

/** For finishing what is in flight. */
export const finishMs = 10_000
