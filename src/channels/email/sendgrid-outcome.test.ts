import { expect, test } from 'vitest'
import type { Answer } from '../exchange.ts'
import { sendGridOutcome } from './sendgrid-outcome.ts'

const now = new Date('2026-11-22T17:00:00Z')
const answer = (status: number, body = '', headers: Answer['headers'] = {}): Answer => ({
  kind: 'answered',
  status,
  headers,
  body,
})
const problem = (field: string | null) =>
  JSON.stringify({ errors: [{ message: 'ann@example.com is bad', field, help: null }] })

test('202 is accepted, with the id that begins the ids of its events', () => {
  expect(sendGridOutcome(answer(202, '', { 'x-message-id': 'm1' }), now)).toEqual({
    kind: 'accepted',
    code: '202',
    providerId: 'm1',
  })
})

test('202 without an id is accepted too; 200 could be from anybody', () => {
  expect(sendGridOutcome(answer(202), now)).toEqual({ kind: 'accepted', code: '202' })
  expect(sendGridOutcome(answer(200, '<html>'), now)).toEqual({ kind: 'unknown', code: '200' })
  expect(sendGridOutcome(answer(200, '', { 'x-message-id': 'm1' }), now)).toMatchObject({ kind: 'accepted' })
})

test.each([
  [400, 'permanent'],
  [401, 'config'],
  [403, 'config'],
  [404, 'permanent'],
  [405, 'permanent'],
  [413, 'permanent'],
  [415, 'permanent'],
  [500, 'retryable'],
  [502, 'retryable'],
  [503, 'retryable'],
  [504, 'unknown'],
])('%i is %s', (status, kind) => {
  expect(sendGridOutcome(answer(status), now)).toEqual({ kind, code: String(status) })
})

test.each([
  ['personalizations.0.to', 'stale_target'],
  ['personalizations.0.to.0.email', 'stale_target'],
  ['personalizations.0.token', 'permanent'],
  ['from.email', 'permanent'],
])('400 about %s is %s, and the code names no address', (field, kind) => {
  expect(sendGridOutcome(answer(400, problem(field)), now)).toEqual({ kind, code: `400 ${field}` })
})

test('a used-up budget waits until it is full again', () => {
  const reset = String(now.getTime() / 1000 + 7)
  expect(sendGridOutcome(answer(429, problem(null), { 'x-ratelimit-reset': reset }), now)).toEqual({
    kind: 'retryable',
    code: '429',
    afterMs: 7_000,
    throttled: true,
  })
})
