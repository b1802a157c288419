import { expect, test } from 'vitest'
import type { Answer } from '../exchange.ts'
import { fcmOutcome } from './fcm-outcome.ts'

const now = new Date('2026-11-22T17:00:00Z')
const answer = (status: number, body: object | string, headers: Answer['headers'] = {}): Answer => ({
  kind: 'answered',
  status,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
})
const refusal = (code: number, status: string, details: readonly object[] = [], headers: Answer['headers'] = {}) =>
  answer(code, { error: { code, status, message: 'x', details } }, headers)
const fcmError = (errorCode: string) => ({
  '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError',
  errorCode,
})

test('a message with a name is accepted; without one nothing is certain', () => {
  expect(fcmOutcome(answer(200, { name: 'projects/p/messages/1' }), 0, now)).toEqual({
    kind: 'accepted',
    code: '200',
    providerId: 'projects/p/messages/1',
  })
  expect(fcmOutcome(answer(200, '{"name":"proj'), 0, now)).toEqual({ kind: 'unknown', code: '200 without name' })
})

test.each([
  [400, 'INVALID_ARGUMENT', 'INVALID_ARGUMENT', 'permanent'],
  [401, 'UNAUTHENTICATED', 'THIRD_PARTY_AUTH_ERROR', 'config'],
  [403, 'PERMISSION_DENIED', 'SENDER_ID_MISMATCH', 'stale_target'],
  [404, 'NOT_FOUND', 'UNREGISTERED', 'stale_target'],
  [500, 'INTERNAL', 'INTERNAL', 'retryable'],
  [503, 'UNAVAILABLE', 'UNAVAILABLE', 'retryable'],
  [500, 'UNKNOWN', 'UNSPECIFIED_ERROR', 'unknown'],
])('%i %s %s is %s', (code, status, errorCode, kind) => {
  expect(fcmOutcome(refusal(code, status, [fcmError(errorCode)]), 0, now)).toEqual({
    kind,
    code: `${code} ${errorCode}`,
  })
})

test.each([
  [400, 'INVALID_ARGUMENT', 'permanent'],
  [403, 'PERMISSION_DENIED', 'config'],
  [404, 'NOT_FOUND', 'stale_target'],
])('without details, %i %s is %s', (code, status, kind) => {
  expect(fcmOutcome(refusal(code, status), 0, now)).toEqual({ kind, code: `${code} ${status}` })
})

test('an invalid argument that is the token is a dead target', () => {
  const violation = { '@type': 'BadRequest', fieldViolations: [{ field: 'message.token', description: 'x' }] }
  expect(fcmOutcome(refusal(400, 'INVALID_ARGUMENT', [violation]), 0, now)).toEqual({
    kind: 'stale_target',
    code: '400 INVALID_ARGUMENT',
  })
})

test('a quota waits as long as FCM asks, else a minute', () => {
  const throttled = (headers: Answer['headers']) =>
    fcmOutcome(refusal(429, 'RESOURCE_EXHAUSTED', [fcmError('QUOTA_EXCEEDED')], headers), 0, now)
  expect(throttled({})).toEqual({
    kind: 'retryable',
    code: '429 QUOTA_EXCEEDED',
    afterMs: 60_000,
    throttled: true,
  })
  expect(throttled({ 'retry-after': '2' })).toEqual({
    kind: 'retryable',
    code: '429 QUOTA_EXCEEDED',
    afterMs: 2_000,
    throttled: true,
  })
})

test('an access token that is refused is replaced, unless it is new', () => {
  const unauthenticated = refusal(401, 'UNAUTHENTICATED', [{ '@type': 'ErrorInfo', reason: 'ACCESS_TOKEN_EXPIRED' }])
  expect(fcmOutcome(unauthenticated, 3_000_000, now)).toEqual({ kind: 'retryable', code: '401 UNAUTHENTICATED' })
  expect(fcmOutcome(unauthenticated, 1_000, now)).toEqual({ kind: 'config', code: '401 UNAUTHENTICATED' })
})

test.each([
  [404, 'config'],
  [502, 'retryable'],
  [503, 'retryable'],
  [504, 'unknown'],
])('HTML with %i is %s', (status, kind) => {
  expect(fcmOutcome(answer(status, '<html>'), 0, now)).toEqual({ kind, code: String(status) })
})
