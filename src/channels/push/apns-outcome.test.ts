import { expect, test } from 'vitest'
import type { Answer } from '../exchange.ts'
import { apnsOutcome } from './apns-outcome.ts'

const now = new Date('2026-11-22T17:00:00Z')
const answer = (status: number, body: object | string, headers: Answer['headers'] = {}): Answer => ({
  kind: 'answered',
  status,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
})

test('200 is accepted, with the id of the notification', () => {
  expect(apnsOutcome(answer(200, '', { 'apns-id': 'a1' }), 0, now)).toEqual({
    kind: 'accepted',
    code: '200',
    providerId: 'a1',
  })
})

test('200 without an id is from anybody, and nothing is certain', () => {
  expect(apnsOutcome(answer(200, '<html>'), 0, now)).toEqual({ kind: 'unknown', code: '200 without apns-id' })
})

test.each([
  [400, 'BadDeviceToken', 'stale_target'],
  [400, 'DeviceTokenNotForTopic', 'stale_target'],
  [400, 'BadCollapseId', 'permanent'],
  [400, 'BadExpirationDate', 'permanent'],
  [400, 'BadMessageId', 'permanent'],
  [400, 'BadPriority', 'permanent'],
  [400, 'DuplicateHeaders', 'permanent'],
  [400, 'InvalidPushType', 'permanent'],
  [400, 'MissingDeviceToken', 'permanent'],
  [400, 'PayloadEmpty', 'permanent'],
  [400, 'BadTopic', 'config'],
  [400, 'MissingTopic', 'config'],
  [400, 'TopicDisallowed', 'config'],
  [400, 'IdleTimeout', 'retryable'],
  [400, 'SomethingNew', 'permanent'],
  [403, 'BadCertificate', 'config'],
  [403, 'BadCertificateEnvironment', 'config'],
  [403, 'Forbidden', 'config'],
  [403, 'InvalidProviderToken', 'config'],
  [403, 'MissingProviderToken', 'config'],
  [403, 'UnrelatedKeyIdInToken', 'config'],
  [404, 'BadPath', 'permanent'],
  [405, 'MethodNotAllowed', 'permanent'],
  [410, 'Unregistered', 'stale_target'],
  [410, 'ExpiredToken', 'stale_target'],
  [410, 'SomethingNew', 'stale_target'],
  [413, 'PayloadTooLarge', 'permanent'],
  [429, 'TooManyProviderTokenUpdates', 'config'],
  [500, 'InternalServerError', 'retryable'],
  [503, 'ServiceUnavailable', 'retryable'],
  [503, 'Shutdown', 'retryable'],
])('%i %s is %s', (status, reason, kind) => {
  expect(apnsOutcome(answer(status, { reason }), 0, now)).toEqual({ kind, code: `${status} ${reason}` })
})

test('too many pushes to one device wait as long as APNs asks, else half a minute', () => {
  const reason = 'TooManyRequests'
  const code = '429 TooManyRequests'
  expect(apnsOutcome(answer(429, { reason }), 0, now)).toEqual({
    kind: 'retryable',
    code,
    afterMs: 30_000,
    throttled: true,
  })
  expect(apnsOutcome(answer(429, { reason }, { 'retry-after': '2' }), 0, now)).toEqual({
    kind: 'retryable',
    code,
    afterMs: 2_000,
    throttled: true,
  })
})

test('a dead token says since when it is known to be dead', () => {
  expect(apnsOutcome(answer(410, { reason: 'Unregistered', timestamp: now.getTime() }), 0, now)).toEqual({
    kind: 'stale_target',
    code: '410 Unregistered',
    deadSince: now,
  })
})

test('what is not JSON goes by its status', () => {
  expect(apnsOutcome(answer(502, '<html>'), 0, now)).toEqual({ kind: 'retryable', code: '502' })
  expect(apnsOutcome(answer(504, ''), 0, now)).toEqual({ kind: 'unknown', code: '504' })
})

test('a token that has expired is replaced, unless it is new', () => {
  const expired = answer(403, { reason: 'ExpiredProviderToken' })
  const code = '403 ExpiredProviderToken'
  expect(apnsOutcome(expired, 40 * 60_000, now)).toEqual({ kind: 'retryable', code })
  expect(apnsOutcome(expired, 60_000, now)).toEqual({ kind: 'config', code })
})
