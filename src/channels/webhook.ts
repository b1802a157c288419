import type { ReportKind } from '../domain/report.ts'
import type { AddressReason } from '../domain/suppressed-address.ts'

/** A request that claims to come from a provider. */
export interface WebhookRequest {
  readonly method: string
  /** Path and query, as they were sent. */
  readonly url: string
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Exactly the bytes that came: that is what was signed. */
  readonly body: Buffer
  readonly at: Date
}

/** What a request turned out to be. */
export type WebhookReading =
  | { readonly kind: 'events'; readonly events: readonly ProviderEvent[] }
  /** Not signed, or not by this provider. */
  | { readonly kind: 'unsigned' }
  /** Signed, too long ago: somebody may be sending it again. */
  | { readonly kind: 'stale' }
  | { readonly kind: 'malformed' }
  /** It could not be found out: the provider has to send it again. */
  | { readonly kind: 'unavailable' }

export type ProviderEvent = ReportEvent | ReplyEvent

/** What became of one of our deliveries. */
export interface ReportEvent {
  readonly kind: ReportKind
  readonly deliveryId: string
  /** The provider's own word: a status, a code; nothing personal. */
  readonly code: string | null
  readonly at: Date
  /** The provider's id of what happened. */
  readonly eventId: string
  /** Nothing may be sent to this address any more. */
  readonly suppress?: { readonly reason: AddressReason; readonly address: string }
}

/** Whoever has this number (E.164) wants no more SMS, or wants them again. */
export interface ReplyEvent {
  readonly kind: 'reply'
  readonly messageId: string
  readonly from: string
  readonly word: 'stop' | 'start'
}

/** How the webhooks of one provider are checked and read. */
export interface Webhook {
  readonly methods: readonly ('GET' | 'POST')[]
  /** Longer ones are none of this provider's. */
  readonly maxBytes: number
  /** Whether this is the content type of its bodies; asked before a body is read. */
  takes(contentType: string): boolean
  /** Trusts nothing that is not signed. Rejects only on a bug. */
  read(request: WebhookRequest): WebhookReading | Promise<WebhookReading>
}

export const unsigned: WebhookReading = { kind: 'unsigned' }
export const malformed: WebhookReading = { kind: 'malformed' }
export const stale: WebhookReading = { kind: 'stale' }
