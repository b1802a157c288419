import { expect, test } from 'vitest'
import type { Answer } from '../exchange.ts'
import { sesOutcome } from './ses-outcome.ts'

const now = new Date('2026-11-22T17:00:00Z')
const answer = (status: number, body: object | string, headers: Answer['headers'] = {}): Answer => ({
  kind: 'answered',
  status,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
})
const refusal = (status: number, name: string, headers: Answer['headers'] = {}) =>
  answer(status, { message: 'ann@example.com is bad' }, { 'x-amzn-errortype': name, ...headers })

test('a message with an id is accepted; without one nothing is certain', () => {
  expect(sesOutcome(answer(200, { MessageId: 'm1' }), now)).toEqual({
    kind: 'accepted',
    code: '200',
    providerId: 'm1',
  })
  expect(sesOutcome(answer(200, '{"MessageI'), now)).toEqual({ kind: 'unknown', code: '200 without MessageId' })
})

test.each([
  [400, 'MessageRejected', 'permanent'],
  [400, 'BadRequestException', 'permanent'],
  [400, 'MailFromDomainNotVerifiedException', 'config'],
  [404, 'NotFoundException', 'config'],
  [400, 'AccountSuspendedException', 'config'],
  [400, 'SendingPausedException', 'config'],
  [403, 'InvalidSignatureException', 'config'],
  [403, 'UnrecognizedClientException', 'config'],
  [500, 'InternalFailure', 'retryable'],
  [503, 'ServiceUnavailable', 'retryable'],
  [504, 'SomethingNew', 'unknown'],
])('%i %s is %s, and the code names no address', (status, name, kind) => {
  expect(sesOutcome(refusal(status, name), now)).toEqual({ kind, code: `${status} ${name}` })
})

test.each([
  [429, 'TooManyRequestsException'],
  [400, 'ThrottlingException'],
  [400, 'LimitExceededException'],
])('%i %s says that we send too much', (status, name) => {
  expect(sesOutcome(refusal(status, name, { 'retry-after': '2' }), now)).toEqual({
    kind: 'retryable',
    code: `${status} ${name}`,
    afterMs: 2_000,
    throttled: true,
  })
})

test.each([
  [{ 'x-amzn-errortype': 'NotFoundException:http://internal.amazon.com/coral/' }, {}],
  [{ 'x-amzn-errortype': 'com.amazonaws.sesv2#NotFoundException' }, {}],
  [{}, { __type: 'com.amazonaws.sesv2#NotFoundException' }],
  [{}, { __type: 'NotFoundException' }],
  [{}, { code: 'NotFoundException' }],
])('finds the name of the error in %j %j', (headers, body) => {
  expect(sesOutcome(answer(404, body, headers), now)).toEqual({ kind: 'config', code: '404 NotFoundException' })
})

test('what is not JSON goes by its status', () => {
  expect(sesOutcome(answer(502, '<html>'), now)).toEqual({ kind: 'retryable', code: '502' })
})
