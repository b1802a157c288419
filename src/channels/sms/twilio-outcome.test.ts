import { expect, test } from 'vitest'
import type { Answer } from '../exchange.ts'
import { twilioErrorOutcome, twilioOutcome } from './twilio-outcome.ts'

const now = new Date('2026-11-22T17:00:00Z')
const answer = (status: number, body: object | string, headers: Answer['headers'] = {}): Answer => ({
  kind: 'answered',
  status,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
})

test('a message with a sid is accepted; without one nothing is certain', () => {
  expect(twilioOutcome(answer(201, { sid: 'SM1' }), now)).toEqual({ kind: 'accepted', code: '201', providerId: 'SM1' })
  expect(twilioOutcome(answer(201, '{"sid":"S'), now)).toEqual({ kind: 'unknown', code: '201 without sid' })
})

test.each([
  [401, 20003, 'config'],
  [400, 21211, 'stale_target'],
  [400, 21217, 'stale_target'],
  [400, 21408, 'config'],
  [400, 21606, 'config'],
  [400, 21659, 'config'],
  [400, 21660, 'config'],
  [400, 21610, 'suppressed'],
  [400, 21612, 'retryable'],
  [400, 21614, 'stale_target'],
  [400, 21617, 'permanent'],
])('%i %i is %s', (status, code, kind) => {
  expect(twilioOutcome(answer(status, { code, message: '+43660…', status }), now)).toEqual({ kind, code: String(code) })
})

test.each([
  [30002, 'config'],
  [30004, 'permanent'],
  [30005, 'stale_target'],
  [30006, 'stale_target'],
  [30007, 'permanent'],
  [30008, 'retryable'],
  [30034, 'config'],
])('%i in a status callback is %s', (code, kind) => {
  expect(twilioErrorOutcome(code)).toEqual({ kind, code: String(code) })
})

test('a handset that is off is tried again in half an hour', () => {
  expect(twilioErrorOutcome(30003)).toEqual({ kind: 'retryable', code: '30003', afterMs: 1_800_000 })
})

test.each([
  [400, 'permanent'],
  [404, 'permanent'],
  [503, 'retryable'],
  [504, 'unknown'],
])('an error that we do not know goes by its status: %i is %s', (status, kind) => {
  expect(twilioOutcome(answer(status, { code: 99_999 }), now)).toEqual({ kind, code: `${status} 99999` })
  expect(twilioOutcome(answer(status, '<html>'), now)).toEqual({ kind, code: String(status) })
})

test.each([20429, 21611, 30001])('%i says that we send too much', (code) => {
  expect(twilioErrorOutcome(code)).toEqual({ kind: 'retryable', code: String(code), throttled: true })
})

test('too many requests wait as long as Twilio asks', () => {
  expect(twilioOutcome(answer(429, { code: 20429 }, { 'retry-after': '2' }), now)).toEqual({
    kind: 'retryable',
    code: '20429',
    afterMs: 2_000,
    throttled: true,
  })
})
