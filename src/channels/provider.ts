import type { EmailContent, PushContent, PushTarget, SmsContent } from '../domain/content.ts'
import type { Outcome } from '../domain/outcome.ts'
import type { ProviderName, Tier } from '../domain/words.ts'
import type { ClearPush } from './push/clear-push.ts'

/**
 * Makes one attempt at a delivery through one provider.
 *
 * One attempt is one request. It resolves with an {@link Outcome} for whatever the provider answers, a refusal and no
 * answer included; when `signal` aborts, that is `unknown` if anything may have been sent and `retryable` if not.
 * Rejects only on a bug. Never retries.
 */
export interface Provider<M> {
  readonly name: ProviderName
  attempt(message: M, signal: AbortSignal): Promise<Outcome>
  /**
   * What the provider's own records say of an earlier attempt at this message, made after `since`; only for providers
   * that can be asked. Rejects only on a bug.
   */
  lookUp?(message: M, since: Date, signal: AbortSignal): Promise<Finding>
  /** Has a device take away what is shown there, where its platform can: a push of its own, which shows nothing. */
  clear?(cleared: ClearPush, signal: AbortSignal): Promise<Outcome>
  /** Lets what is under way finish. */
  close?(): Promise<void>
}

/**
 * - found: messages like this one, by the provider's own ids; another delivery may have said the same to the same address
 * - unavailable: it did not answer, so nothing is known
 */
export type Finding =
  | { readonly kind: 'found'; readonly messageIds: readonly string[] }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unavailable' }

export interface PushMessage extends Envelope {
  readonly target: PushTarget
  readonly content: PushContent
}

export interface EmailMessage extends Envelope {
  readonly to: string
  readonly content: EmailContent
  /** For mail that can be unsubscribed from: a POST to it, without a body that matters, does so (RFC 8058). */
  readonly unsubscribeUrl?: string | undefined
}

export interface SmsMessage extends Envelope {
  /** E.164. */
  readonly to: string
  readonly content: SmsContent
}

interface Envelope {
  readonly deliveryId: string
  /** The same for every attempt: at most 64 bytes. */
  readonly collapseId: string
  readonly tier: Tier
  readonly expiresAt: Date
}
