import { type ExecutionResult, execute, Kind, type OperationDefinitionNode, parse } from 'graphql'
import { expect, test } from 'vitest'
import type { InboxItem } from '../domain/inbox-item.ts'
import type { InboxEventShape } from '../schema/inbox-catch-up.ts'
import { schema } from '../schema/schema.ts'
import { eventTexts } from './event-texts.ts'

const item = (userId: string, parts: Partial<InboxItem> = {}): InboxItem => ({
  userId,
  notificationId: 'ntf_01j00000000000000000000001',
  createdSeq: 7,
  changedSeq: 7,
  tier: 'SOCIAL',
  category: 'social.like',
  title: 'Ada likes "your" post',
  body: 'Say hello \u2028 back',
  imageUrl: null,
  deepLink: 'https://social.example.com/1',
  actions: [{ id: 'view', title: 'View', deepLink: 'https://social.example.com' }],
  data: { who: 'Ada' },
  sentAt: new Date('2026-11-22T10:00:00.000Z'),
  readAt: null,
  archivedAt: null,
  ...parts,
})

const added = (userId: string, seq: number, parts: Partial<InboxItem> = {}): InboxEventShape => ({
  kind: 'added',
  userId,
  unread: seq * 3,
  cursor: { installation: 'here', seq, createdSeq: seq },
  item: item(userId, parts),
})

/** Texts of an operation, and how often something was executed for them. */
function texts(document: string, variables: Record<string, unknown> = {}) {
  const parsed = parse(document)
  const [operation] = parsed.definitions.filter(
    (each): each is OperationDefinitionNode => each.kind === Kind.OPERATION_DEFINITION,
  )
  if (operation === undefined) throw new Error('no operation')
  const made = eventTexts(schema, parsed, operation, variables)
  let executions = 0
  const executed = (event: InboxEventShape): ExecutionResult | Promise<ExecutionResult> =>
    execute({ schema, document: parsed, variableValues: variables, rootValue: event, contextValue: {} })
  return {
    executions: () => executions,
    of: (event: InboxEventShape) =>
      made(event, () => {
        executions += 1
        return executed(event)
      }),
    plain: async (event: InboxEventShape) => JSON.stringify(await executed(event)),
  }
}

const all = `subscription ($after: String, $more: Boolean = false) {
  events: inboxEvents(after: $after) {
    __typename cursor unreadCount
    me: viewer { id userId n: unreadCount __typename } again: viewer @skip(if: $more) { userId }
    ... on InboxItemAdded { it: item { ...fields } item { id title } }
    ... on InboxResync { reason }
  }
}
fragment fields on InboxItem {
  id notificationId tier category title body imageUrl deepLink actions { id title deepLink } data sentAt readAt archivedAt __typename
}`

test('an item that many are sent is executed for the first of them, and everybody gets their own', async () => {
  const own = texts(all, { more: false })
  const events = ['ada', 'grace', 'o:brien.7', 'linus'].map((userId, n) => added(userId, n + 1))
  for (const event of events) expect(await own.of(event)).toBe(await own.plain(event))
  // The first, and the second, which shows that it comes again.
  expect(own.executions()).toBe(2)
})

test('who is sent another wording, or another state, gets that', async () => {
  const own = texts(all, { more: true })
  const events = [
    added('ada', 1),
    added('grace', 1),
    added('linus', 1, { title: 'Ada mag deinen Beitrag' }),
    added('dennis', 2, { title: 'Ada mag deinen Beitrag' }),
    added('bjarne', 2, { title: 'Ada mag deinen Beitrag' }),
    added('ken', 2, { readAt: new Date(0) }),
    added('rob', 2, { data: { who: 'Bob' } }),
    added('james', 2),
  ]
  for (const event of events) expect(await own.of(event)).toBe(await own.plain(event))
  expect(own.executions()).toBe(6)
})

test('one event is executed once, for all who get it', async () => {
  const own = texts('subscription { inboxEvents { __typename cursor } }')
  const event: InboxEventShape = {
    kind: 'resync',
    reason: 'late',
    userId: 'ada',
    unread: 1,
    cursor: { installation: 'here', seq: 1, createdSeq: 1 },
  }
  expect([await own.of(event), await own.of(event)]).toEqual([await own.plain(event), await own.plain(event)])
  expect(own.executions()).toBe(1)
})

test.each([
  'subscription { inboxEvents { __typename viewer { unreadByCategory { category } } } }',
  'subscription { inboxEvents { ... on InboxItemAdded { item { id } } viewer { devices { id } } } }',
])('what has to be looked up is executed for each viewer: %s', (document) => {
  const own = texts(document)
  const answer = { data: {} }
  let executions = 0
  const parsed = parse(document)
  const [operation] = parsed.definitions
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('no operation')
  const made = eventTexts(schema, parsed, operation, {})
  for (const [n, userId] of ['ada', 'grace', 'linus'].entries()) {
    made(added(userId, n + 1), () => {
      executions += 1
      return answer
    })
  }
  expect([executions, own.executions()]).toEqual([3, 0])
})
