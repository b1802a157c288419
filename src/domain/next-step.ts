import type { Outcome } from './outcome.ts'
import type { ProviderChannel, Tier } from './words.ts'

/** What becomes of a delivery (or of one target of a push) after an attempt. */
export type Step =
  | { readonly do: 'done' }
  | { readonly do: 'retry'; readonly inMs: number }
  /** It was refused: another provider of the channel, at once. */
  | { readonly do: 'failOver' }
  /** The provider may have taken it: hold it back for evidence, then send it again. */
  | { readonly do: 'awaitEvidence'; readonly forMs: number }
  | { readonly do: 'suppress'; readonly reason: 'opted_out' }
  | { readonly do: 'deadLetter'; readonly reason: DeadLetterReason }
  | { readonly do: 'expire' }

export type DeadLetterReason = 'stale_target' | 'rejected' | 'provider_config'

export interface Attempted {
  readonly outcome: Outcome
  /** The number of the attempt that has just been made: 1 for the first. */
  readonly attempt: number
  readonly tier: Tier
  readonly channel: ProviderChannel
  /** Until the delivery's deadline; not positive when it has passed. */
  readonly leftMs: number
  /** How long evidence is waited for, unless it is TRANSACTIONAL. */
  readonly evidenceMs: number
  /** From [0, 1). */
  readonly random: number
  /** Another provider of the channel, which has not refused it, takes calls. */
  readonly hasOther: boolean
}

/** Full jitter below min(capMs, baseMs × 2^(attempt − 1)): an OTP is retried at once, a campaign spares the provider. */
const backoff = {
  TRANSACTIONAL: { baseMs: 250, capMs: 10_000 },
  SOCIAL: { baseMs: 2_000, capMs: 300_000 },
  MARKETING: { baseMs: 5_000, capMs: 900_000 },
} as const satisfies Record<Tier, { baseMs: number; capMs: number }>

/** A missing OTP is worse than a second one; for the rest a second one is worse than a wait (`evidenceMs`). */
const transactionalEvidenceMs = 3_000

/** Decides by design.md sections 5 and 6. Every wait ends before the deadline, and no earlier than the provider asked. */
export function nextStep(attempted: Attempted): Step {
  const { outcome } = attempted
  switch (outcome.kind) {
    case 'accepted':
      return { do: 'done' }
    case 'retryable':
      return afterRefusal(attempted, outcome)
    case 'unknown':
      return afterUnknown(attempted)
    case 'stale_target':
      return { do: 'deadLetter', reason: 'stale_target' }
    case 'suppressed':
      return { do: 'suppress', reason: 'opted_out' }
    case 'permanent':
      return { do: 'deadLetter', reason: 'rejected' }
    case 'config':
      return attempted.hasOther ? { do: 'failOver' } : { do: 'deadLetter', reason: 'provider_config' }
  }
}

export function backoffMs(tier: Tier, attempt: number, random: number): number {
  const { baseMs, capMs } = backoff[tier]
  return Math.floor(random * Math.min(capMs, baseMs * 2 ** (attempt - 1)))
}

/** Bulk that a provider throttles waits its turn there: it must not take the budget of the next provider too. */
function afterRefusal(attempted: Attempted, refusal: Extract<Outcome, { readonly kind: 'retryable' }>): Step {
  const mayFailOver = attempted.hasOther && (!refusal.throttled || attempted.tier === 'TRANSACTIONAL')
  return mayFailOver && attempted.leftMs > 0 ? { do: 'failOver' } : retry(attempted, refusal.afterMs ?? 0)
}

function retry({ tier, attempt, random, leftMs }: Attempted, afterMs: number): Step {
  // Added to, not the larger of the two: everybody whom a 429 told "two seconds" would come back at the same instant.
  const inMs = Math.ceil(afterMs) + backoffMs(tier, attempt, random)
  return inMs < leftMs ? { do: 'retry', inMs } : { do: 'expire' }
}

function afterUnknown(attempted: Attempted): Step {
  // A second push with the same collapse id replaces the first on the device.
  if (attempted.channel === 'PUSH') return retry(attempted, 0)
  const { tier, leftMs, evidenceMs } = attempted
  const waitMs = tier === 'TRANSACTIONAL' ? transactionalEvidenceMs : evidenceMs
  // Not "expire" when the wait is cut short: evidence may still come before the deadline.
  return leftMs > 0 ? { do: 'awaitEvidence', forMs: Math.min(waitMs, leftMs) } : { do: 'expire' }
}
