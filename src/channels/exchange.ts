import type { Outcome } from '../domain/outcome.ts'

/** How one request to a provider ended. */
export type Exchange = Answer | NoAnswer

export interface Answer {
  readonly kind: 'answered'
  readonly status: number
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: string
}

export type NoAnswer =
  /** Not one byte of the request left: no connection, or no time for one. */
  | { readonly kind: 'unsent'; readonly code: string }
  /** The provider may have it; no whole answer came. */
  | { readonly kind: 'unanswered'; readonly code: string }

/** The only source of `unknown` that providers themselves do not cause (reference/providers.md, section 0). */
export function withoutAnswer({ kind, code }: NoAnswer): Outcome {
  return kind === 'unsent' ? { kind: 'retryable', code } : { kind: 'unknown', code }
}

/** What an HTTP status means where a provider's own words for it are not known. */
export function outcomeOfStatus(status: number, code: string, afterMs?: number): Outcome {
  if (status === 429) return throttled(code, afterMs)
  // A gateway gave up on a backend that may have done its work.
  if (status === 504) return { kind: 'unknown', code }
  if (status >= 500 || status === 408) return retryable(code, afterMs)
  if (status === 401 || status === 403) return { kind: 'config', code }
  if (status >= 400) return { kind: 'permanent', code }
  // A redirect is not from the provider's API: our address for it is wrong.
  return status >= 300 ? { kind: 'config', code } : { kind: 'unknown', code }
}

type Retryable = Extract<Outcome, { readonly kind: 'retryable' }>

export function retryable(code: string, afterMs: number | undefined): Retryable {
  return afterMs === undefined ? { kind: 'retryable', code } : { kind: 'retryable', code, afterMs }
}

/** We ask for more than the provider grants us: it is well, and slower is what helps. */
export function throttled(code: string, afterMs: number | undefined): Retryable {
  return { ...retryable(code, afterMs), throttled: true }
}

/** `Retry-After` in milliseconds, from seconds or from a date (RFC 9110, section 10.2.3). */
export function retryAfterMs({ headers }: Pick<Answer, 'headers'>, now: Date): number | undefined {
  const value = headerOf(headers, 'retry-after')?.trim()
  if (!value) return undefined
  if (/^\d+$/.test(value)) return Number(value) * 1000
  const at = Date.parse(value)
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime())
}

export function headerOf(headers: Answer['headers'], name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value : value?.[0]
}
