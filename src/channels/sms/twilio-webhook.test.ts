import { expect, test } from 'vitest'
import { twilioSignature } from '../../sandbox/twilio-signature.ts'
import { isSignedByTwilio, readTwilioForm } from './twilio-webhook.ts'

const token = '12345'
const url = 'https://mycompany.com/myapp.php?foo=1&bar=2'
const call = {
  CallSid: 'CA1234567890ABCDE',
  Caller: '+12349013030',
  Digits: '1234',
  From: '+12349013030',
  To: '+18005551212',
}
const signature = '0/KCTR6DLpKmkAf8muzZqo1nDgQ='
const messageId = 'SM00112233445566778899aabbccddeeff'
const at = new Date('2026-11-22T10:00:00.000Z')

function form(values: Readonly<Record<string, string>>): URLSearchParams {
  return new URLSearchParams(values)
}

function reply(values: Readonly<Record<string, string>>) {
  return readTwilioForm(form({ MessageSid: messageId, From: '+4915112345678', ...values }), new URLSearchParams(), at)
}

function status(values: Readonly<Record<string, string>>, query: Readonly<Record<string, string>> = {}) {
  return readTwilioForm(form({ MessageSid: messageId, To: '+4915112345678', ...values }), form(query), at)
}

test('knows a request that Twilio has signed: its own example', () => {
  expect(isSignedByTwilio(token, signature, url, form(call))).toBe(true)
})

test.each([
  ['another token', '54321', signature, url, call],
  ['no signature', token, '', url, call],
  ['half a signature', token, signature.slice(0, 14), url, call],
  ['another query', token, signature, url.replace('foo=1', 'foo=2'), call],
  ['another host', token, signature, url.replace('mycompany', 'yourcompany'), call],
  ['another value', token, signature, url, { ...call, Digits: '1235' }],
  ['a value more', token, signature, url, { ...call, Body: 'STOP' }],
])('does not take one with %s', (_, authToken, given, address, values) => {
  expect(isSignedByTwilio(authToken, given, address, form(values))).toBe(false)
})

test.each([
  ['https://example.com/webhooks/twilio', 'https://example.com:443/webhooks/twilio'],
  ['https://example.com:443/webhooks/twilio', 'https://example.com/webhooks/twilio'],
  ['http://example.com/webhooks/twilio?delivery=a%7Eb', 'http://example.com:80/webhooks/twilio?delivery=a%7Eb'],
])('takes %s for %s', (ours, theirs) => {
  expect(isSignedByTwilio(token, twilioSignature(token, theirs, form(call)), ours, form(call))).toBe(true)
})

test.each([
  ...[
    'STOP',
    'stop',
    ' Stop. ',
    'STOPALL',
    'stop all',
    'UNSUBSCRIBE',
    'Cancel',
    'END',
    'quit!',
    'REVOKE',
    'opt-out',
  ].map((body) => [body, 'stop'] as const),
  ...['START', 'start', 'Yes!', 'UNSTOP'].map((body) => [body, 'start'] as const),
])('%j is %s', (Body, word) => {
  expect(reply({ Body })).toEqual([{ kind: 'reply', messageId, from: '+4915112345678', word }])
})

test.each(['HELP', 'INFO', '', 'please stop', 'stop it', 'YES please', 'constructor', 'STOP2'])(
  '%j is nothing',
  (Body) => {
    expect(reply({ Body })).toEqual([])
  },
)

test.each([
  ['STOP', 'Arrêt', ['stop']],
  ['START', 'stop', ['start']],
  ['HELP', 'stop', []],
])('with advanced opt-out it is what Twilio says: %s, whatever the text', (OptOutType, Body, words) => {
  expect(reply({ OptOutType, Body })).toEqual(
    words.map((word) => ({ kind: 'reply', messageId, from: '+4915112345678', word })),
  )
})

const delivery = 'dlv_01kaxyz0000000000000000000~sms~ann'
const report = { deliveryId: delivery, at }

test.each([
  ['queued', undefined, { kind: 'accepted', code: 'queued' }],
  ['sent', undefined, { kind: 'accepted', code: 'sent' }],
  ['delivered', undefined, { kind: 'delivered', code: 'delivered' }],
  ['read', undefined, { kind: 'delivered', code: 'read' }],
  ['undelivered', '30003', { kind: 'failed', code: 'undelivered_30003' }],
  ['undelivered', '30007', { kind: 'failed', code: 'undelivered_30007' }],
  ['canceled', undefined, { kind: 'failed', code: 'canceled' }],
])('a message that is %s (%s)', (MessageStatus, ErrorCode, event) => {
  expect(status({ MessageStatus, ...(ErrorCode && { ErrorCode }) }, { delivery })).toEqual([
    { ...report, ...event, eventId: `${messageId}.${MessageStatus}` },
  ])
})

test.each([
  ['undelivered', '30005', { kind: 'bounced', code: 'undelivered_30005', reason: 'bounced' }],
  ['undelivered', '30006', { kind: 'bounced', code: 'undelivered_30006', reason: 'bounced' }],
  ['failed', '21610', { kind: 'failed', code: 'failed_21610', reason: 'stopped' }],
])('a message that is %s (%s) is the last one to its number', (MessageStatus, ErrorCode, { reason, ...event }) => {
  expect(status({ MessageStatus, ErrorCode }, { delivery })).toEqual([
    {
      ...report,
      ...event,
      eventId: `${messageId}.${MessageStatus}`,
      suppress: { reason, address: '+4915112345678' },
    },
  ])
})

test.each([
  ['of a message that is none of ours', { MessageStatus: 'sent' }, {}],
  ['of something else', { MessageStatus: 'sent' }, { delivery: 'order-17' }],
  ['that is none', { MessageStatus: '+4915112345678' }, { delivery }],
  ['that nobody knows', { MessageStatus: 'constructor' }, { delivery }],
])('has no use for a status %s', (_, values, query) => {
  expect(status(values, query)).toEqual([])
})

test.each([{}, { MessageSid: 'SM1' }, { MessageSid: `${messageId}.x` }, { CallSid: messageId }])(
  '%j is no webhook of a message',
  (values) => {
    expect(readTwilioForm(form({ Body: 'STOP', ...values }), new URLSearchParams(), at)).toBeUndefined()
  },
)
