import type { Outcome } from '../../domain/outcome.ts'
import { type Answer, headerOf, outcomeOfStatus, retryAfterMs } from '../exchange.ts'
import { listAt, parseJson, textAt } from '../json.ts'

const addressField = /^personalizations\.\d+\.to(\.|$)/

/** SendGrid v3 mail/send: reference/providers.md, section 3. Messages may repeat an address, fields do not. */
export function sendGridOutcome(answer: Answer, now: Date): Outcome {
  const { status, headers, body } = answer
  const providerId = headerOf(headers, 'x-message-id')
  // Nothing else tells SendGrid's answer from that of whatever stands before it: its body is empty.
  if (status < 300 && providerId !== undefined) return { kind: 'accepted', code: String(status), providerId }
  if (status === 202) return { kind: 'accepted', code: '202' }
  const field = listAt(parseJson(body), 'errors')
    .map((error) => textAt(error, 'field'))
    .find((each) => each !== undefined)
  const code = field === undefined ? String(status) : `${status} ${field}`
  if (status === 400 && field !== undefined && addressField.test(field)) return { kind: 'stale_target', code }
  return outcomeOfStatus(status, code, retryAfterMs(answer, now) ?? rateLimitResetMs(answer, now))
}

/** SendGrid documents no Retry-After, but the second at which its budget is full again. */
function rateLimitResetMs({ headers }: Answer, now: Date): number | undefined {
  const reset = headerOf(headers, 'x-ratelimit-reset')
  return reset !== undefined && /^\d+$/.test(reset) ? Math.max(0, Number(reset) * 1000 - now.getTime()) : undefined
}
