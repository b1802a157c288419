import { InboxError, type InboxErrorCode } from './inbox-error.ts'

/** What went wrong, whatever graphql-ws says of it: errors of the operation, the end of the socket, an error of ours. */
export function failureOf(cause: unknown): InboxError {
  if (cause instanceof InboxError) return cause
  if (Array.isArray(cause)) return refusalOf(cause)
  const { code, reason } = closeOf(cause)
  const comeBackInMs = code === 1001 ? comingBack(reason) : undefined
  return new InboxError(codeOfClose(code), reason || 'The server cannot be reached.', { cause, comeBackInMs })
}

const codes: Readonly<Record<string, InboxErrorCode>> = {
  UNAUTHENTICATED: 'UNAUTHENTICATED',
  FORBIDDEN: 'FORBIDDEN',
  RATE_LIMITED: 'RATE_LIMITED',
  BAD_USER_INPUT: 'BAD_INPUT',
  INTERNAL: 'SERVER',
  TIMEOUT: 'SERVER',
  TOO_MANY_OPERATIONS: 'SERVER',
  NOT_ACCEPTING: 'SERVER',
}

function refusalOf(errors: readonly unknown[]): InboxError {
  const [first] = errors
  const message = textAt(first, 'message') ?? 'The server refused this without a word.'
  return new InboxError(codes[textAt(at(first, 'extensions'), 'code') ?? ''] ?? 'REFUSED', message, { cause: errors })
}

/** https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md */
function codeOfClose(code: number | undefined): InboxErrorCode {
  if (code === 4401 || code === 4403) return 'UNAUTHENTICATED'
  if (code === 4400 || code === 4004 || code === 4406) return 'REFUSED'
  return 'OFFLINE'
}

/** A server that goes away says to each of its clients when to come back, so that they do not come at once. */
function comingBack(reason = ''): number | undefined {
  const ms = /come back in (\d{1,5}) ms/.exec(reason)?.[1]
  return ms === undefined ? undefined : Number(ms)
}

function closeOf(cause: unknown): { readonly code: number | undefined; readonly reason: string | undefined } {
  const code = at(cause, 'code')
  return { code: typeof code === 'number' ? code : undefined, reason: textAt(cause, 'reason') }
}

function textAt(value: unknown, key: string): string | undefined {
  const found = at(value, key)
  return typeof found === 'string' ? found : undefined
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}
