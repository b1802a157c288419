import { afterAll, describe, expect, test } from 'vitest'
import { aFailedNotification } from '../../test/setup/a-dead-letter.ts'
import { aCaller, anAdmin, aViewer, nobody, openSchemaApp, unique } from '../../test/setup/schema-app.ts'
import { deadLetterId } from '../domain/ids.ts'

const { app, run, close } = await openSchemaApp()
const { database } = app
afterAll(close)

const noon = new Date('2026-11-22T12:00:00.000Z')
const list = `query ($first: Int! = 20, $after: String, $provider: String, $reason: String, $notificationId: ID) {
  deadLetters(first: $first, after: $after, provider: $provider, reason: $reason, notificationId: $notificationId) {
    totalCount
    nodes { id notificationId recipientId channel provider reason at attempts }
    pageInfo { hasNextPage endCursor }
  }
}`
const redrive = 'mutation ($input: RedriveDeadLettersInput!) { redriveDeadLetters(input: $input) { count } }'

function idOf(notificationId: string, recipientId: string): string {
  return deadLetterId({ notificationId, recipientId, channel: 'SMS' })
}

function redriven(count: number) {
  return { data: { redriveDeadLetters: { count } } }
}

describe('dead letters', () => {
  test('are listed with everything that is known of them', async () => {
    const notificationId = await aFailedNotification(database, { letter: { at: noon } })
    expect(await run(anAdmin(), list, { notificationId })).toEqual({
      data: {
        deadLetters: {
          totalCount: 1,
          nodes: [
            {
              id: idOf(notificationId, 'ada'),
              notificationId,
              recipientId: 'ada',
              channel: 'SMS',
              provider: 'twilio',
              reason: 'stale_target',
              at: noon.toISOString(),
              attempts: 1,
            },
          ],
          pageInfo: { hasNextPage: false, endCursor: expect.any(String) },
        },
      },
    })
  })

  test('are listed page by page, and counted over all pages', async () => {
    const reason = unique('reason')
    const notificationId = await aFailedNotification(database, {
      recipientIds: ['ada', 'bob', 'cleo'],
      letter: { reason },
    })
    const first = await run(anAdmin(), list, { reason, first: 2 })
    const [, after] = /"endCursor":"([^"]+)"/.exec(JSON.stringify(first)) ?? []
    expect(first).toMatchObject({
      data: {
        deadLetters: { totalCount: 3, nodes: [{ recipientId: 'cleo' }, {}], pageInfo: { hasNextPage: true } },
      },
    })
    expect(await run(anAdmin(), list, { reason, first: 2, after })).toMatchObject({
      data: {
        deadLetters: {
          totalCount: 3,
          nodes: [{ id: idOf(notificationId, 'ada') }],
          pageInfo: { hasNextPage: false },
        },
      },
    })
  })

  test('can be asked for by their ids', async () => {
    const id = idOf(await aFailedNotification(database), 'ada')
    const node = 'query ($id: ID!) { node(id: $id) { __typename id } }'
    expect(await run(anAdmin(), node, { id })).toEqual({ data: { node: { __typename: 'DeadLetter', id } } })
    expect(await run(aCaller(), node, { id })).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] })
  })

  test.each([
    ['notificationId', { notificationId: 'ntf_1' }],
    ['provider', { provider: 'twilio\0' }],
    ['reason', { reason: '\0' }],
    ['first', { first: 101 }],
    ['after', { after: 'nonsense' }],
    ['after', { after: Buffer.from('["yesterday","ded_1"]').toString('base64url') }],
  ])('cannot be listed with a wrong %s', async (argument, variables) => {
    expect(await run(anAdmin(), list, variables)).toMatchObject({
      errors: [{ extensions: { code: 'BAD_USER_INPUT', argument } }],
    })
  })
})

describe('redriving', () => {
  test('counts what would be tried again, then tries it again, once', async () => {
    const reason = unique('reason')
    const notificationId = await aFailedNotification(database, { recipientIds: ['ada', 'bob'], letter: { reason } })
    expect(await run(anAdmin(), redrive, { input: { reason, dryRun: true } })).toEqual(redriven(2))
    expect(await run(anAdmin(), redrive, { input: { reason } })).toEqual(redriven(2))
    expect(await run(anAdmin(), redrive, { input: { reason } })).toEqual(redriven(0))
    expect(await run(anAdmin(), list, { reason })).toMatchObject({ data: { deadLetters: { totalCount: 0 } } })
    const state = 'query ($id: ID!) { notification(id: $id) { state deliveries { nodes { recipientId state } } } }'
    expect(await run(anAdmin(), state, { id: notificationId })).toEqual({
      data: {
        notification: {
          state: 'DELIVERING',
          deliveries: {
            nodes: [
              { recipientId: 'ada', state: 'PENDING' },
              { recipientId: 'bob', state: 'PENDING' },
            ],
          },
        },
      },
    })
  })

  test('tries those with these ids, and does not count what is no dead letter', async () => {
    const notificationId = await aFailedNotification(database, { recipientIds: ['ada', 'bob'] })
    const ids = [idOf(notificationId, 'ada'), idOf(notificationId, 'nobody')]
    expect(await run(anAdmin(), redrive, { input: { ids: [], notificationId } })).toEqual(redriven(0))
    expect(await run(anAdmin(), redrive, { input: { ids } })).toEqual(redriven(1))
    expect(await run(anAdmin(), list, { notificationId })).toMatchObject({
      data: { deadLetters: { nodes: [{ recipientId: 'bob' }] } },
    })
  })

  test('shows on the way of the delivery', async () => {
    const notificationId = await aFailedNotification(database, { letter: { at: noon } })
    await run(anAdmin(), redrive, { input: { notificationId } })
    const explain = `query ($id: ID!) { explainDelivery(notificationId: $id, recipientId: "ada") {
      decisions { rule outcome reason } } }`
    expect(await run(anAdmin(), explain, { id: notificationId })).toEqual({
      data: {
        explainDelivery: {
          decisions: expect.arrayContaining([
            { rule: 'deliver', outcome: 'deliver', reason: null },
            { rule: 'attempt', outcome: 'stale_target', reason: '21614' },
            { rule: 'state', outcome: 'pending', reason: 'redriven' },
          ]),
        },
      },
    })
  })

  test.each([
    ['input.limit', { limit: 0 }],
    ['input.limit', { limit: 10_001 }],
    ['input.ids.1', { ids: ['ded_01jdxq3k4m5n6p7q8r9s0t1v2w~sms~ada', 'dlv_1'] }],
    ['input.ids', { ids: Array(10_001).fill('ded_01jdxq3k4m5n6p7q8r9s0t1v2w~sms~ada') }],
    ['input.notificationId', { notificationId: 'ntf_1' }],
    ['input.provider', { provider: '\0' }],
  ])('is refused with a wrong %s', async (argument, input) => {
    expect(await run(anAdmin(), redrive, { input })).toMatchObject({
      errors: [{ extensions: { code: 'BAD_USER_INPUT', argument } }],
    })
  })

  test.each([
    ['nobody', nobody, 'UNAUTHENTICATED'],
    ['a viewer', aViewer('ada'), 'FORBIDDEN'],
    ['a caller', aCaller({ bulk: true }), 'FORBIDDEN'],
  ])('is not for %s, nor is the list', async (_who, principal, code) => {
    const refused = { errors: [{ extensions: { code } }] }
    expect(await run(principal, list)).toMatchObject(refused)
    expect(await run(principal, redrive, { input: {} })).toMatchObject(refused)
  })
})
