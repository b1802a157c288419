import type { Outcome } from '../../domain/outcome.ts'
import { type Answer, outcomeOfStatus, retryAfterMs, retryable, throttled } from '../exchange.ts'
import { listAt, parseJson, textAt } from '../json.ts'

/** The status of a message: reference/providers.md, section 6. */
const kinds: Readonly<Record<string, 'throttled' | 'permanent' | 'stale_target' | 'suppressed' | 'config'>> = {
  '1': 'throttled',
  '2': 'permanent',
  '3': 'permanent',
  '4': 'config',
  // Vonage could not route it, "for example, an unrecognized number prefix".
  '6': 'stale_target',
  '7': 'suppressed',
  '8': 'config',
  '9': 'config',
  '11': 'config',
  '12': 'permanent',
  '14': 'config',
  '15': 'config',
  '22': 'permanent',
  '23': 'permanent',
  '29': 'config',
  '32': 'config',
  '33': 'stale_target',
}

/** Vonage answers 200 whatever became of the message, with an entry for each SMS that it was split into. */
export function vonageOutcome(answer: Answer, now: Date): Outcome {
  const { status, body } = answer
  const afterMs = retryAfterMs(answer, now)
  if (status < 200 || status >= 300) return outcomeOfStatus(status, String(status), afterMs)
  const parts = listAt(parseJson(body), 'messages')
  const accepted = parts.find((part) => textAt(part, 'status') === '0')
  if (accepted !== undefined) {
    // Also when others were refused: sent again, the person would get this part twice.
    const providerId = textAt(accepted, 'message-id')
    return { kind: 'accepted', code: '0', ...(providerId === undefined ? {} : { providerId }) }
  }
  const refused = parts.map((part) => textAt(part, 'status')).find((each) => each !== undefined && /^\d+$/.test(each))
  return refused === undefined
    ? { kind: 'unknown', code: `${status} without messages` }
    : refusalOutcome(refused, afterMs)
}

/** A status that we do not know, 5 (internal error) and 10 (too many binds) leave the message as good as new. */
function refusalOutcome(code: string, afterMs: number | undefined): Outcome {
  const kind = kinds[code]
  if (kind === 'throttled') return throttled(code, afterMs)
  return kind === undefined ? retryable(code, afterMs) : { kind, code }
}
