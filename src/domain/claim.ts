import type { Outcome } from './outcome.ts'

/**
 * What a worker finds when it claims the targets of a slice.
 *
 * - busy: another worker is at it; nothing was claimed
 * - claimed: for each target either `new` (ours: call the provider), a mark (the provider has answered already),
 *   or `unmarked` (a worker that died may have called)
 */
export type ClaimResult =
  | { readonly kind: 'busy' }
  | { readonly kind: 'claimed'; readonly of: ReadonlyMap<string, TargetClaim> }

export type TargetClaim =
  | { readonly kind: 'new' }
  | { readonly kind: 'unmarked' }
  | { readonly kind: 'marked'; readonly outcome: Outcome }

/** Guards the calls to providers: nobody calls for a target twice without knowing. */
export interface Claims {
  /** Claims all targets of a slice for a worker, in one round trip, for `leaseMs` from now. */
  claim(sliceId: string, targets: readonly string[], worker: string, leaseMs: number): Promise<ClaimResult>
  /** Tells that the worker is still at it. */
  renew(sliceId: string, worker: string, leaseMs: number): Promise<void>
  /** Marks that the provider has answered. */
  mark(sliceId: string, target: string, outcome: Outcome): Promise<void>
}
