import type { Outcome } from '../../domain/outcome.ts'
import { type Answer, headerOf, outcomeOfStatus, retryAfterMs, throttled } from '../exchange.ts'
import { parseJson, textAt } from '../json.ts'

/** Errors whose HTTP status alone says something else: reference/providers.md, section 4. */
const kinds: Readonly<Record<string, 'throttled' | 'config'>> = {
  TooManyRequestsException: 'throttled',
  ThrottlingException: 'throttled',
  LimitExceededException: 'throttled',
  MailFromDomainNotVerifiedException: 'config',
  NotFoundException: 'config',
  AccountSuspendedException: 'config',
  SendingPausedException: 'config',
}

/** Amazon SES v2 SendEmail. Its messages may repeat an address, the names of its errors do not. */
export function sesOutcome(answer: Answer, now: Date): Outcome {
  const { status, body } = answer
  if (status >= 200 && status < 300) {
    const providerId = textAt(parseJson(body), 'MessageId')
    return providerId === undefined
      ? { kind: 'unknown', code: `${status} without MessageId` }
      : { kind: 'accepted', code: String(status), providerId }
  }
  const name = errorName(answer)
  const code = name === undefined ? String(status) : `${status} ${name}`
  const kind = name === undefined ? undefined : kinds[name]
  if (kind === 'config') return { kind, code }
  const afterMs = retryAfterMs(answer, now)
  return kind === 'throttled' ? throttled(code, afterMs) : outcomeOfStatus(status, code, afterMs)
}

/**
 * `TooManyRequestsException:http://…` in a header, or `com.amazonaws.sesv2#TooManyRequestsException` in the body (AWS
 * restJson1 protocol, "Operation error serialization").
 */
function errorName({ headers, body }: Answer): string | undefined {
  const json = parseJson(body)
  const written = headerOf(headers, 'x-amzn-errortype') ?? textAt(json, '__type') ?? textAt(json, 'code')
  return /^(?:[\w.-]+#)?([A-Za-z]+)(?::|$)/.exec(written ?? '')?.[1]
}
