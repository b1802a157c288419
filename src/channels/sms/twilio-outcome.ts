import type { Outcome } from '../../domain/outcome.ts'
import { type Answer, outcomeOfStatus, retryAfterMs, retryable, throttled } from '../exchange.ts'
import { jsonAt, parseJson, textAt } from '../json.ts'

const unreachableMs = 30 * 60_000

/** Twilio's error codes, of requests (2xxxx) and of status callbacks (3xxxx): reference/providers.md, section 5. */
const kinds: Readonly<Record<number, Exclude<Outcome['kind'], 'accepted' | 'unknown'> | 'throttled'>> = {
  20003: 'config',
  20429: 'throttled',
  21211: 'stale_target',
  21217: 'stale_target',
  21408: 'config',
  21606: 'config',
  21610: 'suppressed',
  21611: 'throttled',
  21612: 'retryable',
  21614: 'stale_target',
  21617: 'permanent',
  21659: 'config',
  21660: 'config',
  30001: 'throttled',
  30002: 'config',
  30003: 'retryable',
  30004: 'permanent',
  30005: 'stale_target',
  30006: 'stale_target',
  30007: 'permanent',
  30008: 'retryable',
  30034: 'config',
}

export function twilioOutcome(answer: Answer, now: Date): Outcome {
  const { status, body } = answer
  const json = parseJson(body)
  if (status >= 200 && status < 300) {
    const sid = textAt(json, 'sid')
    return sid === undefined
      ? { kind: 'unknown', code: `${status} without sid` }
      : { kind: 'accepted', code: String(status), providerId: sid }
  }
  const error = jsonAt(json, 'code')
  const afterMs = retryAfterMs(answer, now)
  const known = typeof error === 'number' ? twilioErrorOutcome(error, afterMs) : undefined
  return known ?? outcomeOfStatus(status, typeof error === 'number' ? `${status} ${error}` : String(status), afterMs)
}

/** Undefined for a code we do not know: Twilio adds and changes them. */
export function twilioErrorOutcome(error: number, afterMs?: number): Outcome | undefined {
  const kind = kinds[error]
  const code = String(error)
  if (kind === undefined) return undefined
  if (kind === 'throttled') return throttled(code, afterMs)
  if (kind !== 'retryable') return { kind, code }
  return retryable(code, error === 30003 ? unreachableMs : afterMs)
}
