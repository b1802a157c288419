import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { listAt, textAt } from './json.ts'
import { type Sandbox, startSandbox } from './start.ts'
import {
  aDataDir,
  aDeliveryId,
  emptyLedger,
  getJson,
  type MailOptions,
  replied,
  sendgridClient,
} from './test-clients.ts'

let sandbox: Sandbox
let sendgrid: ReturnType<typeof sendgridClient>

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, dataDir: aDataDir() })
  sendgrid = sendgridClient(sandbox)
})
beforeEach(() => emptyLedger(sandbox))
afterAll(() => sandbox.close())

async function refusal(options: MailOptions): Promise<readonly [number, readonly unknown[]]> {
  const { status, body } = replied(await sendgrid.request(options))
  return [status, listAt(body, 'errors').map((error) => textAt(error, 'field') ?? null)]
}

test('accepts a mail with an empty body and a message id', async () => {
  const { status, headers, body } = replied(await sendgrid.request())
  expect([status, body]).toEqual([202, ''])
  expect(headers['x-message-id']).toMatch(/^[\w-]{22}$/)
})

test('shows the link for one click of a mail that has one', async () => {
  const headers = { 'list-unsubscribe': '<mailto:no@example.com>, <https://example.com/u/1>' }
  const post = { 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' }
  await sendgrid.request({ mail: { headers: { ...headers, ...post } } })
  await sendgrid.request({ mail: { headers } })
  expect(await getJson(sandbox, '/messages')).toEqual([
    expect.objectContaining({ unsubscribeUrl: 'https://example.com/u/1' }),
    expect.not.objectContaining({ unsubscribeUrl: expect.anything() }),
  ])
})

test('writes a row for each recipient', async () => {
  const personalizations = ['u-1', 'u-2'].map((user) => ({
    to: [{ email: `${user}@example.com` }],
    subject: `Hello ${user}`,
    custom_args: { delivery_id: aDeliveryId('email', user) },
    substitutions: { '-name-': user },
  }))
  await sendgrid.request({
    mail: { personalizations, content: [{ type: 'text/html', value: '<p>Dear -name- &amp; all</p><p>Bye</p>' }] },
  })
  expect(await getJson(sandbox, '/messages')).toMatchObject([
    {
      provider: 'sendgrid',
      channel: 'EMAIL',
      to: 'u-1@example.com',
      recipientId: 'u-1',
      collapseId: null,
      content: 'Hello u-1\nDear u-1 & all\nBye',
    },
    {
      to: 'u-2@example.com',
      recipientId: 'u-2',
      html: '<p>Dear u-2 &amp; all</p><p>Bye</p>',
      from: 'Carillon <hello@carillon.example>',
    },
  ])
})

test('finds the delivery id on the message when the personalization has none', async () => {
  const personalizations = [{ to: [{ email: 'ana@example.com' }] }]
  await sendgrid.request({ mail: { personalizations, custom_args: { delivery_id: aDeliveryId('email', 'u-3') } } })
  expect(await getJson(sandbox, '/messages')).toMatchObject([{ recipientId: 'u-3', content: 'Hello\nWorld' }])
})

test('sends nothing in sandbox mode', async () => {
  expect(await refusal({ mail: { mail_settings: { sandbox_mode: { enable: true } } } })).toEqual([200, []])
  expect(await getJson(sandbox, '/messages')).toEqual([])
})

test('wants its key', async () => {
  expect(replied(await sendgrid.request({ key: 'SG.other' }))).toMatchObject({
    status: 401,
    body: {
      errors: [
        { message: 'The provided authorization grant is invalid, expired, or revoked', field: null, help: null },
      ],
    },
  })
})

test('wants JSON', async () => {
  expect(await refusal({ contentType: 'text/plain' })).toEqual([415, [null]])
  expect(await refusal({ text: '{"personalizations":' })).toEqual([400, [null]])
})

const ana = { email: 'ana@example.com' }
test.each<[string, string, object]>([
  ['personalizations', 'no personalization', { personalizations: [] }],
  ['personalizations', '1001 of them', { personalizations: Array(1001).fill({ to: [ana] }) }],
  ['personalizations.0.to', 'nobody to send to', { personalizations: [{ to: [] }] }],
  [
    'personalizations.1.to.0.email',
    'an address that is none',
    { personalizations: [{ to: [ana] }, { to: [{ email: 'ana@example' }] }] },
  ],
  ['personalizations.0', 'an address twice', { personalizations: [{ to: [ana], cc: [{ email: 'Ana@example.com' }] }] }],
  [
    'personalizations.0.custom_args.n',
    'a number as argument',
    { personalizations: [{ to: [ana], custom_args: { n: 1 } }] },
  ],
  ['from.email', 'no sender', { from: undefined }],
  ['from.email', 'a sender without address', { from: { email: 'Carillon' } }],
  ['subject', 'no subject', { subject: '' }],
  ['content', 'no content', { content: [] }],
  ['content.0.value', 'an empty text', { content: [{ type: 'text/plain', value: '' }] }],
  [
    'content',
    'text after HTML',
    {
      content: [
        { type: 'text/html', value: 'a' },
        { type: 'text/plain', value: 'a' },
      ],
    },
  ],
  ['custom_args.n', 'a number as argument of all', { custom_args: { n: 1 } }],
  ['send_at', 'a date beyond 72 hours', { send_at: Math.floor(Date.now() / 1000) + 300_000 }],
])('names %s for %s', async (field, _, mail) => {
  expect(await refusal({ mail })).toEqual([400, [field]])
})

test('names everything that is wrong at once', async () => {
  expect(await refusal({ mail: { from: undefined, subject: undefined, content: undefined } })).toEqual([
    400,
    ['from.email', 'subject', 'content'],
  ])
})

test('serves nothing else', async () => {
  const response = await fetch(`${sandbox.url}/sendgrid/v3/templates`)
  expect([response.status, await response.json()]).toEqual([
    404,
    { errors: [{ message: 'not found', field: null, help: null }] },
  ])
})
