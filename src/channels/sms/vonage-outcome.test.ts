import { expect, test } from 'vitest'
import type { Answer } from '../exchange.ts'
import { vonageOutcome } from './vonage-outcome.ts'

const now = new Date('2026-11-22T17:00:00Z')
const answer = (status: number, body: object | string, headers: Answer['headers'] = {}): Answer => ({
  kind: 'answered',
  status,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
})
const parts = (...statuses: readonly string[]) =>
  answer(200, {
    'message-count': String(statuses.length),
    messages: statuses.map((status, n) =>
      status === '0'
        ? { to: '436601234567', 'message-id': `m${n}`, status }
        : { status, 'error-text': 'about 436601234567' },
    ),
  })

test('a message of one part and of many is accepted', () => {
  expect(vonageOutcome(parts('0'), now)).toEqual({ kind: 'accepted', code: '0', providerId: 'm0' })
  expect(vonageOutcome(parts('0', '0'), now)).toEqual({ kind: 'accepted', code: '0', providerId: 'm0' })
})

test('a message of which one part was accepted is never sent again', () => {
  expect(vonageOutcome(parts('1', '0', '9'), now)).toEqual({ kind: 'accepted', code: '0', providerId: 'm1' })
})

test.each([
  ['2', 'permanent'],
  ['3', 'permanent'],
  ['4', 'config'],
  ['5', 'retryable'],
  ['6', 'stale_target'],
  ['7', 'suppressed'],
  ['8', 'config'],
  ['9', 'config'],
  ['10', 'retryable'],
  ['11', 'config'],
  ['12', 'permanent'],
  ['14', 'config'],
  ['15', 'config'],
  ['22', 'permanent'],
  ['23', 'permanent'],
  ['29', 'config'],
  ['32', 'config'],
  ['33', 'stale_target'],
  ['99', 'retryable'],
])('status %s is %s, and the code names no number', (status, kind) => {
  expect(vonageOutcome(parts(status), now)).toEqual({ kind, code: status })
})

test('status 1 says that we send too much', () => {
  expect(vonageOutcome(parts('1'), now)).toEqual({ kind: 'retryable', code: '1', throttled: true })
})

test.each([
  '{"message-count":"1","messages":[{"sta',
  '<html>',
  '',
  '{}',
  '{"messages":[]}',
  '{"messages":[{"status":7}]}',
  '{"messages":[{"status":"+436601234567"}]}',
])('200 with %j is unknown', (body) => {
  expect(vonageOutcome(answer(200, body), now)).toEqual({ kind: 'unknown', code: '200 without messages' })
})

test.each([
  [401, 'config'],
  [404, 'permanent'],
  [500, 'retryable'],
  [502, 'retryable'],
  [504, 'unknown'],
])('what is not from the SMS API goes by its status: %i is %s', (status, kind) => {
  expect(vonageOutcome(answer(status, '<html>'), now)).toEqual({ kind, code: String(status) })
})
