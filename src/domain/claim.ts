import type { Outcome } from './outcome.ts'
import type { ProviderName } from './words.ts'

/** Guards the calls to providers: nobody calls for a target twice without knowing. */
export interface Claims {
  /** What workers before this one have left of a slice that has been handed out before. */
  earlier(slice: ClaimedSlice, worker: string): Promise<EarlierClaims>
  /** Claims targets of a slice for a worker, in one round trip, for `leaseMs` from now. */
  claim(slice: ClaimedSlice, worker: string, leaseMs: number, wanted: readonly WantedClaim[]): Promise<ClaimResult>
  /** Tells that the worker is still at it. False: it is not, somebody else has taken over. */
  renew(sliceId: string, worker: string, leaseMs: number): Promise<boolean>
  /** Marks what came of a claim. False, and nothing changed: the slice is somebody else's by now. */
  mark(sliceId: string, worker: string, key: string, mark: Mark): Promise<boolean>
}

export interface ClaimedSlice {
  readonly id: string
  readonly createdAt: Date
  /** It has been handed out before: somebody may have called for some of its targets. */
  readonly isRepeat: boolean
  /** How often the relay had handed it out when it was read. */
  readonly generation: number
}

/** One target of a slice (a push has one for each device) and the provider that will be called for it. */
export interface WantedClaim {
  readonly key: string
  readonly provider: ProviderName
}

/** What came of a claim: the provider's answer, or that nobody was called, and when one may be. */
export type Mark =
  | {
      readonly kind: 'answered'
      readonly provider: ProviderName
      readonly outcome: Outcome
      readonly at: Date
      readonly latencyMs: number
    }
  | { readonly kind: 'not_called'; readonly forMs: number; readonly because: string }

/**
 * What a worker finds for a target.
 *
 * - new: ours, call the provider
 * - marked: what came of it is known
 * - unmarked: a worker that died, or is paused, may have called `provider` (undefined: the claim itself may be lost)
 */
export type TargetClaim =
  | { readonly kind: 'new' }
  | { readonly kind: 'unmarked'; readonly provider: ProviderName | undefined }
  | { readonly kind: 'marked'; readonly mark: Mark }

/** `busy`: another worker is at it; nothing was claimed. */
export type ClaimResult =
  | { readonly kind: 'busy' }
  | { readonly kind: 'claimed'; readonly of: ReadonlyMap<string, TargetClaim> }

export type EarlierClaims =
  | { readonly kind: 'busy' }
  | {
      readonly kind: 'found'
      readonly of: ReadonlyMap<string, TargetClaim>
      /** No claim can be missing. Where false, a store has lost some, and what is not there may have been claimed. */
      readonly isComplete: boolean
    }

export const nothingEarlier: EarlierClaims = { kind: 'found', of: new Map(), isComplete: true }
