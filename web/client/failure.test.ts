import { expect, test } from 'vitest'
import { failureOf } from './failure.ts'
import { InboxError } from './inbox-error.ts'

test.each([
  [[{ message: 'no', extensions: { code: 'FORBIDDEN' } }], 'FORBIDDEN'],
  [[{ message: 'later', extensions: { code: 'RATE_LIMITED' } }], 'RATE_LIMITED'],
  [[{ message: 'ours', extensions: { code: 'INTERNAL' } }], 'SERVER'],
  [[{ message: 'Cannot query field "inbox"', extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }], 'REFUSED'],
  [[], 'REFUSED'],
  [[null], 'REFUSED'],
  [{ code: 4403, reason: 'Your credentials have ended.' }, 'UNAUTHENTICATED'],
  [{ code: 4406, reason: '' }, 'REFUSED'],
  [{ code: 1001, reason: 'Going away' }, 'OFFLINE'],
  [{ code: 4429, reason: 'A user may have 50 sockets at a time.' }, 'OFFLINE'],
  [{ code: 'ECONNREFUSED' }, 'OFFLINE'],
  [undefined, 'OFFLINE'],
  [new InboxError('TOKEN_FAILED', 'no token'), 'TOKEN_FAILED'],
])('%j is %s', (cause, code) => {
  expect(failureOf(cause).code).toBe(code)
})

test.each([
  [1001, 'Going away: come back in 1250 ms.', 1250],
  [1001, 'Going away', undefined],
  [4403, 'come back in 1250 ms', undefined],
])('of %i, %j, it knows when to come back', (code, reason, comeBackInMs) => {
  expect(failureOf({ code, reason }).comeBackInMs).toBe(comeBackInMs)
})
