import type { Filter } from './ledger-index.ts'
import type { Row } from './row.ts'

export type Channel = 'PUSH' | 'EMAIL' | 'SMS'

/** What came over the wire; `path` has no query and, for a provider under a prefix, no prefix. */
export interface ProviderRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: Buffer
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** One message to one address, as a person would see it. */
export interface Message {
  readonly to: string
  readonly deliveryId: string | null
  readonly collapseId: string | null
  readonly content: string
  readonly shown: Shown
}

/** What the page shows beyond the text. `providerId` is the id the provider answered with. */
export interface Shown {
  readonly providerId: string
  readonly from?: string | undefined
  /** Where the sender of an SMS wants to hear what becomes of it. */
  readonly statusCallback?: string | undefined
  readonly title?: string | undefined
  readonly body?: string | undefined
  readonly subject?: string | undefined
  readonly text?: string | undefined
  readonly html?: string | undefined
  /** From `List-Unsubscribe`, where `List-Unsubscribe-Post` makes it a link for one click. */
  readonly unsubscribeUrl?: string | undefined
  readonly imageUrl?: string | undefined
  readonly deepLink?: string | undefined
  readonly actions?: readonly Action[] | undefined
}

export interface Action {
  readonly id: string
  readonly title: string
}

/** `to` names the addresses of the request as far as they could be read, also when it is refused. */
export type Verdict =
  | {
      readonly kind: 'accepted'
      readonly to: readonly string[]
      readonly answer: Answer
      readonly messages: readonly Message[]
    }
  | { readonly kind: 'refused'; readonly to: readonly string[]; readonly answer: Answer }

/** A question about what has been accepted. */
export interface Listing {
  readonly to: readonly string[]
  readonly filter: Filter
  /** Rows oldest first. */
  answer(rows: readonly Row[]): Answer
}

/** A refusal that does not come from the request itself. */
export type RefusalKind = 'throttle' | 'unavailable' | 'stale_target'

/** Base addresses without a trailing slash. */
export interface Addresses {
  /** The provider's own prefix on the plain port. */
  readonly http: string
  readonly h2: string
  readonly tls: string
  readonly smtp: { readonly host: string; readonly port: number }
}

/** Speaks the wire protocol of one real provider. Keeps nothing but its credentials. */
export interface Provider {
  readonly name: string
  readonly channel: Channel
  /** `http`: under `/<name>` on the plain port. `h2`, `smtp`: every request of the server of that protocol. */
  readonly transport: 'http' | 'h2' | 'smtp'
  /** The variables with which a client finds this provider and signs in. */
  environment(addresses: Addresses): Readonly<Record<string, string>>
  /** Checks what the real provider checks, and answers in its words. Accepting has no effect yet. */
  judge(request: ProviderRequest, now: Date): Verdict
  /** Undefined where the request does not ask what has been accepted. */
  list?(request: ProviderRequest): Listing | undefined
  /** `to` is the address that a fault singles out, if it does. */
  refuse(kind: RefusalKind, request: ProviderRequest, now: Date, to: string | null): Answer
  /** Answers on the TLS port, for a provider that has its clients fetch an access token elsewhere. */
  signIn?(request: ProviderRequest, now: Date): Answer
  /** Whether a client may send, where it signs in once for all requests of a connection. */
  mayLogIn?(user: string, password: string): boolean
}

export function header(request: ProviderRequest, name: string): string | undefined {
  const value = request.headers[name]
  return typeof value === 'string' ? value : value?.[0]
}

export function jsonAnswer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=UTF-8', ...headers },
    body: JSON.stringify(body),
  }
}
