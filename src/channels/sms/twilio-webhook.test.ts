import { expect, test } from 'vitest'
import { twilioSignature } from '../../sandbox/sms-replies.ts'
import { isSignedByTwilio, readTwilioWebhook } from './twilio-webhook.ts'

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

function form(values: Readonly<Record<string, string>>): URLSearchParams {
  return new URLSearchParams(values)
}

function reply(values: Readonly<Record<string, string>>) {
  return readTwilioWebhook(form({ MessageSid: messageId, From: '+4915112345678', ...values }), new URLSearchParams())
}

function status(values: Readonly<Record<string, string>>, query: Readonly<Record<string, string>> = {}) {
  return readTwilioWebhook(form({ MessageSid: messageId, ...values }), form(query))
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
  expect(reply({ Body })).toEqual({ kind: 'reply', messageId, from: '+4915112345678', word })
})

test.each(['HELP', 'INFO', '', 'please stop', 'stop it', 'YES please', 'constructor', 'STOP2'])(
  '%j is nothing',
  (Body) => {
    expect(reply({ Body })).toEqual({ kind: 'other' })
  },
)

test.each([
  ['STOP', 'Arrêt', { kind: 'reply', messageId, from: '+4915112345678', word: 'stop' }],
  ['START', 'stop', { kind: 'reply', messageId, from: '+4915112345678', word: 'start' }],
  ['HELP', 'stop', { kind: 'other' }],
])('with advanced opt-out it is what Twilio says: %s, whatever the text', (OptOutType, Body, event) => {
  expect(reply({ OptOutType, Body })).toEqual(event)
})

test('reads what became of a message', () => {
  const delivery = 'dlv_01kaxyz0000000000000000000~sms~ann'
  expect(status({ MessageStatus: 'undelivered', ErrorCode: '30005', To: '+4915112345678' }, { delivery })).toEqual({
    kind: 'status',
    messageId,
    deliveryId: delivery,
    status: 'undelivered',
    errorCode: '30005',
  })
})

test('has no use for what became of a message that is none of ours, nor for a status that is no word', () => {
  const delivery = 'dlv_01kaxyz0000000000000000000~sms~ann'
  expect(status({ MessageStatus: 'sent' })).toEqual({ kind: 'other' })
  expect(status({ MessageStatus: 'sent' }, { delivery: 'order-17' })).toEqual({ kind: 'other' })
  expect(status({ MessageStatus: '+4915112345678' }, { delivery })).toEqual({ kind: 'other' })
})

test.each([{}, { MessageSid: 'SM1' }, { MessageSid: `${messageId}.x` }, { CallSid: messageId }])(
  '%j is no webhook of a message',
  (values) => {
    expect(readTwilioWebhook(form({ Body: 'STOP', ...values }), new URLSearchParams())).toBeUndefined()
  },
)
