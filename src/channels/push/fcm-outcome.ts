import type { Outcome } from '../../domain/outcome.ts'
import { type Answer, outcomeOfStatus, retryAfterMs, throttled } from '../exchange.ts'
import { jsonAt, listAt, parseJson, textAt } from '../json.ts'

/** Google's advice where a 429 names no time. */
const quotaMs = 60_000
/** A token refused at this age was refused for what it is, not because it had gone stale on us. */
const freshMs = 60_000

/** FCM HTTP v1: reference/providers.md, section 2. `tokenAgeMs`: of the access token that the request carried. */
export function fcmOutcome(answer: Answer, tokenAgeMs: number, now: Date): Outcome {
  const { status, body } = answer
  const json = parseJson(body)
  if (status >= 200 && status < 300) {
    const name = textAt(json, 'name')
    return name === undefined
      ? { kind: 'unknown', code: `${status} without name` }
      : { kind: 'accepted', code: String(status), providerId: name }
  }
  const details = listAt(json, 'error', 'details')
  const errorCode = details.map((detail) => textAt(detail, 'errorCode')).find((each) => each !== undefined)
  const word = errorCode ?? textAt(json, 'error', 'status')
  const code = word === undefined ? String(status) : `${status} ${word}`
  const afterMs = retryAfterMs(answer, now)
  switch (word) {
    case 'UNREGISTERED':
    case 'NOT_FOUND':
    case 'SENDER_ID_MISMATCH':
      return { kind: 'stale_target', code }
    case 'INVALID_ARGUMENT':
      return { kind: details.some(blamesToken) ? 'stale_target' : 'permanent', code }
    case 'UNAUTHENTICATED':
      return tokenAgeMs > freshMs ? { kind: 'retryable', code } : { kind: 'config', code }
    case 'QUOTA_EXCEEDED':
    case 'RESOURCE_EXHAUSTED':
      return throttled(code, afterMs ?? quotaMs)
    case 'UNSPECIFIED_ERROR':
      return { kind: 'unknown', code }
    case undefined:
      // Not FCM's words: the address is not FCM's.
      if (status === 404) return { kind: 'config', code }
  }
  return outcomeOfStatus(status, code, afterMs ?? (status === 429 ? quotaMs : undefined))
}

function blamesToken(detail: unknown): boolean {
  return listAt(detail, 'fieldViolations').some((violation) => jsonAt(violation, 'field') === 'message.token')
}
