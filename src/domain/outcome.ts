/**
 * What a provider did with one attempt. `code` is the provider's own word (status and reason), never an address.
 *
 * - accepted: it took responsibility
 * - retryable: it certainly did not take it; try again, not before `afterMs` where given. `throttled`: because we ask for
 *   too much at once, which says nothing of its health
 * - unknown: bytes may have been sent, and no answer can be relied on
 * - stale_target: the token or address is dead (since `deadSince`, where the provider says so)
 * - suppressed: the person opted out at the provider: no other provider may be tried
 * - permanent: this message can never succeed
 * - config: our credentials, account or sender are wrong
 */
export type Outcome =
  | { readonly kind: 'accepted'; readonly code?: string; readonly providerId?: string }
  | { readonly kind: 'retryable'; readonly code: string; readonly afterMs?: number; readonly throttled?: boolean }
  | { readonly kind: 'unknown'; readonly code: string }
  | { readonly kind: 'stale_target'; readonly code: string; readonly deadSince?: Date }
  | { readonly kind: 'suppressed'; readonly code: string }
  | { readonly kind: 'permanent'; readonly code: string }
  | { readonly kind: 'config'; readonly code: string }

export type OutcomeKind = Outcome['kind']
