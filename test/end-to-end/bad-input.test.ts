import { print } from 'graphql'
import { describe, expect, inject, it } from 'vitest'
import {
  InboxDocument,
  MarkReadDocument,
  NotificationDocument,
  RegisterDeviceDocument,
  type RegisterDeviceInput,
  SendNotificationDocument,
  UpsertTemplateDocument,
  type UpsertTemplateInput,
  UpsertUsersDocument,
  type UserInput,
} from '../generated/operations.ts'
import { aCallersKey } from '../setup/caller.ts'
import { ask, bearer, post } from '../setup/graphql.ts'
import { orderShipped, trySend } from '../setup/notification.ts'
import { aPerson } from '../setup/person.ts'

const carillon = inject('carillon')
const { demo } = carillon
const ada = await aPerson(carillon)
const apiKey = await aCallersKey(carillon)

const order = (change: object) => ({ ...orderShipped([ada.userId]), ...change })
const inMs = (ms: number) => new Date(Date.now() + ms).toISOString()
const dayMs = 24 * 3_600_000

describe('a notification is refused, and its caller told which fields are wrong, when', () => {
  const users = Array.from({ length: 1001 }, (_, n) => `user-${n}`)
  const cases: readonly (readonly [string, object, readonly (readonly [string, string])[]])[] = [
    ['its template is unknown', { template: 'no.such' }, [['input.template', 'UNKNOWN_TEMPLATE']]],
    ['its tier is not the template’s', { tier: 'MARKETING' }, [['input.tier', 'NOT_THE_TEMPLATES']]],
    ['its category is not the template’s', { category: 'social.like' }, [['input.category', 'NOT_THE_TEMPLATES']]],
    [
      'its template has no such channel',
      { ...liked(), channels: ['SMS'] },
      [['input.channels.0', 'NOT_THE_TEMPLATES']],
    ],
    ['its data lacks what the schema wants', { data: {} }, [['input.data.orderId', expect.any(String)]]],
    ['its data has another type', { data: { orderId: 7 } }, [['input.data.orderId', expect.any(String)]]],
    ['it has no recipients', { audience: { userIds: [] } }, [['input.audience.userIds', 'EMPTY']]],
    ['it has 1,001 recipients', { audience: { userIds: users } }, [['input.audience.userIds', 'TOO_MANY']]],
    [
      'some of its recipients are unknown',
      { audience: { userIds: ['nobody-1', ada.userId, 'nobody-2'] } },
      [
        ['input.audience.userIds.0', 'UNKNOWN_USER'],
        ['input.audience.userIds.2', 'UNKNOWN_USER'],
      ],
    ],
    ['it was to be sent in the past', { sendAt: inMs(-60_000) }, [['input.sendAt', 'IN_THE_PAST']]],
    ['it is to be sent in two years', { sendAt: inMs(730 * dayMs) }, [['input.sendAt', 'TOO_FAR']]],
    [
      'it expires before it is sent',
      { sendAt: inMs(dayMs), expiresAt: inMs(dayMs / 2) },
      [['input.expiresAt', 'TOO_EARLY']],
    ],
    ['its idempotency key is empty', { idempotencyKey: '' }, [['input.idempotencyKey', 'LENGTH']]],
    [
      'its push has a link that is none',
      { push: { deepLink: 'javascript:alert(1)' } },
      [['input.push.deepLink', 'NOT_A_LINK']],
    ],
    [
      'all of that is wrong at once',
      { tier: 'SOCIAL', category: 'x', data: {}, audience: { userIds: [] }, sendAt: inMs(-1000) },
      [
        ['input.tier', 'NOT_THE_TEMPLATES'],
        ['input.category', 'NOT_THE_TEMPLATES'],
        ['input.data.orderId', expect.any(String)],
        ['input.audience.userIds', 'EMPTY'],
        ['input.sendAt', 'IN_THE_PAST'],
      ],
    ],
  ]
  it.each(cases)('%s', async (_what, change, fields) => {
    expect(problems(await trySend(carillon, order(change), apiKey))).toEqual(fields)
  })
})

describe('an operation is refused with a code when', () => {
  const first = (n: number) => `{ notifications(first: ${n}) { nodes { id } } }`
  const cases: readonly (readonly [string, string, object, string])[] = [
    ['an audience is empty', apiKey, sending(order({ audience: {} })), 'BAD_USER_INPUT'],
    ['an audience is two', apiKey, sending(order({ audience: { userIds: ['ada'], topic: 'x' } })), 'BAD_USER_INPUT'],
    ['a time is none', apiKey, sending(order({ sendAt: 'tomorrow' })), 'BAD_USER_INPUT'],
    ['a page has -1 rows', apiKey, { query: first(-1) }, 'BAD_USER_INPUT'],
    ['a page has 101 rows', apiKey, { query: first(101) }, 'BAD_USER_INPUT'],
    ['a cursor is not ours', apiKey, { query: '{ notifications(after: "x") { nodes { id } } }' }, 'BAD_USER_INPUT'],
    ['an inbox cursor is not ours', ada.token, asking(InboxDocument, { after: 'bm90IG91cnM' }), 'BAD_USER_INPUT'],
    ['a key is wrong', 'car_wrong', sending(order({})), 'UNAUTHENTICATED'],
    ['a viewer is wanted', apiKey, asking(InboxDocument, {}), 'FORBIDDEN'],
    ['a viewer’s mutation is wanted', apiKey, asking(MarkReadDocument, { ids: ['inb_x'] }), 'FORBIDDEN'],
    ['a caller is wanted', ada.token, sending(order({})), 'FORBIDDEN'],
    ['an administrator is wanted', apiKey, { query: '{ callers { id } }' }, 'FORBIDDEN'],
  ]
  it.each(cases)('%s', async (_what, credential, body, code) => {
    const answer = await post(carillon, body, bearer(credential))
    expect(answer.status).toBeLessThan(500)
    expect(answer.body).toMatchObject({ errors: [{ extensions: { code } }] })
    expect(JSON.stringify(answer.body)).not.toContain('"data":{')
  })

  it('nobody says who asks', async () => {
    const answer = await post(carillon, sending(order({})))
    expect(answer.body).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
  })
})

describe('a request is refused as a whole when', () => {
  const deep = `${'{ user '.repeat(100)}{ id }${' }'.repeat(100)}`
  const aliases = Array.from({ length: 5000 }, (_, n) => `a${n}: __typename`).join(' ')
  const cases: readonly (readonly [string, unknown, number])[] = [
    ['it is malformed', '{"query": ', 400],
    ['it has 10 MB', { query: '{ __typename }', variables: { x: 'x'.repeat(10_000_000) } }, 413],
    ['it has 5,000 aliases', { query: `{ ${aliases} }` }, 400],
    ['it is 100 levels deep', { query: deep }, 400],
    ['it is a batch of 1,000', Array(1000).fill({ query: '{ __typename }' }), 413],
  ]
  it.each(cases)('%s', async (_what, body, status) => {
    const answer = await post(carillon, body, {
      ...bearer(apiKey),
      accept: 'application/graphql-response+json',
    })
    expect([answer.status, answer.body]).toEqual([
      status,
      { errors: [expect.objectContaining({ extensions: expect.objectContaining({ code: expect.any(String) }) })] },
    ])
  })
})

describe('a user is refused whose', () => {
  const cases: readonly (readonly [keyof UserInput, string])[] = [
    ['id', 'has spaces'],
    ['timeZone', 'Mars/Olympus'],
    ['locale', 'not_a_locale'],
    ['phone', '12345'],
    ['email', 'nobody'],
  ]
  it.each(cases)('%s is "%s"', async (field, value) => {
    const users = [{ id: ada.userId, [field]: value }]
    const { upsertUsers } = await ask(carillon, apiKey, UpsertUsersDocument, { input: { users } })
    expect(problems(upsertUsers)).toEqual([[`input.users.0.${field}`, expect.any(String)]])
  })
})

describe('a device is refused whose token is', () => {
  const cases: readonly (readonly [string, RegisterDeviceInput['platform']])[] = [
    ['', 'IOS'],
    ['not hex', 'IOS'],
    ['with spaces', 'ANDROID'],
  ]
  it.each(cases)('"%s" (%s)', async (token, platform) => {
    const input = { userId: ada.userId, deviceId: 'another', platform, token }
    const { registerDevice } = await ask(carillon, apiKey, RegisterDeviceDocument, { input })
    expect(problems(registerDevice)).toEqual([['input.token', expect.any(String)]])
  })
})

it('refuses a template whose Liquid does not parse, and says where', async () => {
  const input: UpsertTemplateInput = {
    name: 'broken.template',
    tier: 'SOCIAL',
    category: 'broken',
    contents: [{ sms: { body: 'Hello {{ name' }, email: { subject: '{% if %}', html: '<p>fine</p>' } }],
  }
  const { upsertTemplate } = await ask(carillon, demo.adminApiKey, UpsertTemplateDocument, { input })
  expect(new Set(problems(upsertTemplate).map(([path]) => path))).toEqual(
    new Set(['input.contents.0.sms.body', 'input.contents.0.email.subject']),
  )
})

it('leaves out somebody else’s inbox items and changes none of them', async () => {
  const id = await ask(carillon, demo.apiKey, SendNotificationDocument, { input: order({ channels: ['IN_APP'] }) })
  if (id.sendNotification.__typename !== 'SendNotificationPayload') throw new Error('not accepted')
  const unread = async () => (await ask(carillon, ada.token, InboxDocument, {})).viewer
  await expect.poll(async () => (await unread()).unreadCount, { timeout: 15_000 }).toBe(1)
  const item = (await unread()).inbox.nodes[0]

  const eve = await aPerson(carillon)
  const { markRead } = await ask(carillon, eve.token, MarkReadDocument, { ids: [item?.id ?? ''] })
  expect(markRead).toEqual({ __typename: 'InboxItemsPayload', items: [], viewer: { unreadCount: 0 } })
  expect(await unread()).toMatchObject({ unreadCount: 1, inbox: { nodes: [{ id: item?.id, readAt: null }] } })
  const node = `query ($id: ID!) { node(id: $id) { id } }`
  const { body } = await post(carillon, { query: node, variables: { id: item?.id } }, bearer(eve.token))
  expect(body).toEqual({ data: { node: null } })
})

it('shows a notification to no caller but its own, and to administrators', async () => {
  const sent = await trySend(carillon, orderShipped([ada.userId]))
  if (sent.__typename !== 'SendNotificationPayload') throw new Error('not accepted')
  const variables = { id: sent.notification.id }
  expect(await ask(carillon, apiKey, NotificationDocument, variables)).toEqual({ notification: null })
  const { notification } = await ask(carillon, demo.adminApiKey, NotificationDocument, variables)
  expect(notification?.id).toBe(sent.notification.id)
})

it('has changed nothing by all of this', async () => {
  const sent = await post(carillon, { query: '{ notifications(first: 1) { nodes { id } } }' }, bearer(apiKey))
  expect(sent.body).toEqual({ data: { notifications: { nodes: [] } } })
  const asked = `query ($id: ID!) { user(userId: $id) { email phone locale timeZone devices { deviceId } } template(name: "broken.template") { name } }`
  const { body } = await post(carillon, { query: asked, variables: { id: ada.userId } }, bearer(demo.adminApiKey))
  expect(body).toEqual({
    data: {
      user: {
        email: ada.email,
        phone: ada.phone,
        locale: 'en',
        timeZone: null,
        devices: [{ deviceId: 'pixel' }, { deviceId: 'iphone' }],
      },
      template: null,
    },
  })
})

function liked() {
  return { template: 'social.like', data: { who: 'Ada' } }
}

function sending(input: object) {
  return { query: print(SendNotificationDocument), variables: { input } }
}

function asking(document: Parameters<typeof print>[0], variables: object) {
  return { query: print(document), variables }
}

/** What an answer says is wrong, by the path of each field. */
function problems(result: {
  readonly __typename: string
  readonly fields?: readonly { readonly path: readonly string[]; readonly code: string }[]
}): readonly (readonly [string, string])[] {
  if (result.__typename !== 'InvalidInput') throw new Error(`not refused: ${JSON.stringify(result)}`)
  return (result.fields ?? []).map(({ path, code }) => [path.join('.'), code])
}
