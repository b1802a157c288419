import { afterAll, beforeAll, expect, test } from 'vitest'
import { aCaller, aViewer, openSchemaApp, unique } from '../../test/setup/schema-app.ts'
import { suppressAddress } from '../store/suppressions.ts'
import { type NewTemplate, upsertTemplate } from '../store/templates.ts'
import { upsertUsers } from '../store/users.ts'

const now = new Date('2026-10-20T12:00:00.000Z')
const { app, run, close } = await openSchemaApp(() => now)
afterAll(close)

const [ada, template] = [unique('ada'), unique('order.shipped')]

beforeAll(async () => {
  const person = { id: ada, email: `${ada}@example.com`, phone: '+4915112345678', timeZone: 'Europe/Berlin' }
  await upsertUsers(app.database, [person], now)
  await aTemplate(template)
  await run(
    aViewer(ada),
    `mutation { updatePreferences(input: {
      quietHours: { start: "22:00", end: "07:00" }, categories: [{ category: "news", enabled: false }]
    }) { __typename } }`,
  )
})

const query = `query ($input: SendNotificationInput!, $recipientId: ID!, $at: DateTime) {
  preview(input: $input, recipientId: $recipientId, at: $at) {
    __typename
    ... on Preview {
      recipientId at decisions { at channel rule outcome reason until }
      contents { channel title subject body html segments } problems }
    ... on InvalidInput { fields { path code } }
    ... on NotFound { id } } }`

function preview(change: object = {}, at?: string, recipientId = ada): Promise<unknown> {
  const input = { template, audience: { userIds: [ada] }, data: { item: 'Bell <tower>' }, ...change }
  return run(aCaller(), query, { input, recipientId, at })
}

const contents = [
  { channel: 'IN_APP', title: 'On its way', subject: null, body: 'Bell <tower>', html: null, segments: null },
  { channel: 'PUSH', title: 'Shipped', subject: null, body: 'Bell <tower>', html: null, segments: null },
  {
    channel: 'EMAIL',
    title: null,
    subject: 'Shipped: Bell <tower>',
    body: 'Bell <tower> is on its way.',
    html: '<p>Bell &lt;tower&gt; is on its way.</p>',
    segments: null,
  },
  { channel: 'SMS', title: null, subject: null, body: 'Bell <tower> 🔔', html: null, segments: 1 },
]

test('tells what she would get in the night in which the clocks change, when, and why', async () => {
  const at = '2026-10-24T21:10:00.000Z'
  const release = '2026-10-25T06:00:00.000Z'
  const deliver = { rule: 'deliver', outcome: 'deliver', reason: null, until: null }
  expect(await preview({}, at)).toEqual({
    data: {
      preview: {
        __typename: 'Preview',
        recipientId: ada,
        at,
        decisions: [
          { at, channel: 'IN_APP', ...deliver },
          { at, channel: 'PUSH', rule: 'available', outcome: 'suppress', reason: 'no_device', until: null },
          { at, channel: 'EMAIL', ...deliver },
          { at, channel: 'SMS', rule: 'quiet_hours', outcome: 'defer', reason: 'quiet_hours', until: release },
          { at: release, channel: 'SMS', ...deliver },
        ],
        contents,
        problems: [],
      },
    },
  })
})

test('tells that what is held back expires before it is released', async () => {
  const change = { channels: ['SMS'], expiresAt: '2026-10-24T23:00:00.000Z' }
  const expire = { channel: 'SMS', rule: 'expiry', outcome: 'expire', reason: 'expired', until: null }
  expect(await preview(change, '2026-10-24T21:10:00.000Z')).toMatchObject({
    data: { preview: { decisions: [{ outcome: 'defer' }, { at: change.expiresAt, ...expire }] } },
  })
})

test('decides no earlier than it is sent', async () => {
  const sendAt = '2026-10-21T12:00:00.000Z'
  expect(await preview({ sendAt, channels: ['SMS'] })).toMatchObject({
    data: { preview: { at: sendAt, decisions: [{ at: sendAt, outcome: 'deliver' }] } },
  })
})

test('can be asked for a night gone by', async () => {
  const at = '2025-10-25T21:10:00.000Z'
  const expiresAt = '2025-10-26T21:10:00.000Z'
  expect(await preview({ channels: ['SMS'], expiresAt }, at)).toMatchObject({
    data: { preview: { decisions: [{ until: '2025-10-26T06:00:00.000Z' }, { outcome: 'deliver' }] } },
  })
})

test('shows what a muted category would have said', async () => {
  const muted = unique('news')
  await aTemplate(muted, 'news')
  expect(await preview({ template: muted, channels: ['SMS'] })).toMatchObject({
    data: { preview: { decisions: [{ reason: 'opted_out' }], contents: [{ channel: 'SMS' }] } },
  })
})

test('names the variable that cannot be rendered for her', async () => {
  expect(await preview({ channels: ['SMS'], data: {} })).toMatchObject({
    data: { preview: { contents: [], problems: [expect.stringMatching(/^SMS: undefined variable: item/)] } },
  })
})

test('finds the same problems as sending does, and nobody who is not there', async () => {
  const bad = { channels: [], sendAt: '2026-10-01T00:00:00.000Z', audience: { userIds: [] } }
  const fields = [['channels'], ['audience', 'userIds'], ['sendAt']].map((path) => ({ path: ['input', ...path] }))
  expect(await preview(bad)).toMatchObject({ data: { preview: { __typename: 'InvalidInput', fields } } })
  const nobody = unique('nobody')
  expect(await preview({}, undefined, nobody)).toEqual({ data: { preview: { __typename: 'NotFound', id: nobody } } })
  const input = { template, audience: { userIds: [ada] } }
  expect(await run(aCaller({ tiers: ['MARKETING'] }), query, { input, recipientId: ada })).toMatchObject({
    errors: [{ extensions: { code: 'FORBIDDEN' } }],
  })
})

test('sends nothing', async () => {
  const callerId = unique('clr')
  const input = { template, audience: { userIds: [ada] }, data: { item: 'Bell' }, idempotencyKey: unique('key') }
  await run(aCaller({ id: callerId }), query, { input, recipientId: ada })
  const { rows } = await app.database.pool.query('SELECT FROM notification WHERE caller_id = $1', [callerId])
  expect(rows).toEqual([])
})

function aTemplate(name: string, category = 'order'): Promise<unknown> {
  const made: NewTemplate = {
    name,
    tier: 'SOCIAL',
    category,
    readCancelsOthers: false,
    inboxFallback: false,
    sensitive: false,
    dataSchema: null,
    contents: [
      {
        locale: 'en',
        inApp: { title: 'On its way', body: '{{ item }}' },
        push: { title: 'Shipped', body: '{{ item }}' },
        email: { subject: 'Shipped: {{ item }}', html: '<p>{{ item }} is on its way.</p>' },
        sms: { body: '{{ item }} 🔔' },
      },
    ],
  }
  return upsertTemplate(app.database, made, now)
}

test('tells that an address has bounced', async () => {
  const eve = unique('eve')
  const email = `${eve}@example.com`
  await upsertUsers(app.database, [{ id: eve, email }], now)
  await suppressAddress(app.database.pool, { channel: 'EMAIL', address: email, reason: 'bounced', at: now })
  expect(await preview({ channels: ['EMAIL'] }, undefined, eve)).toMatchObject({
    data: { preview: { decisions: [{ channel: 'EMAIL', rule: 'available', outcome: 'suppress', reason: 'bounced' }] } },
  })
})
