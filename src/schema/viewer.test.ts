import { afterAll, expect, test } from 'vitest'
import { addItems, aNewItem, fillInbox } from '../../test/setup/inbox.ts'
import { aCaller, aViewer, nobody, openSchemaApp, unique } from '../../test/setup/schema-app.ts'
import { inboxItemId } from '../domain/ids.ts'

const now = new Date('2026-11-22T12:00:00.000Z')
const { app, run, close } = await openSchemaApp(() => now)
afterAll(close)

const inbox = `query ($first: Int! = 20, $after: String, $category: String, $archived: Boolean! = false) {
  viewer {
    id userId unreadCount unreadByCategory { category count }
    inbox(first: $first, after: $after, category: $category, archived: $archived) {
      nodes { id title readAt }
      edges { cursor }
      pageInfo { hasNextPage hasPreviousPage endCursor }
    }
  }
}`
const mutation = (name: string) => `mutation ($ids: [ID!]!) {
  ${name}(ids: $ids) {
    __typename
    ... on InboxItemsPayload { items { id readAt archivedAt } viewer { unreadCount } }
    ... on InvalidInput { fields { path code } }
  }
}`
const markAllRead = `mutation ($before: DateTime) { markAllRead(before: $before) { before viewer { unreadCount } } }`
const node = `query ($id: ID!) {
  node(id: $id) { __typename id ... on InboxItem { title actions { id deepLink } data } ... on Viewer { unreadCount } }
}`

test('a viewer whom nobody has ever told of has an empty inbox, preferences and no devices', async () => {
  const userId = unique('ada')
  const operation = `{ viewer {
    id unreadCount unreadByCategory { count } inbox { nodes { id } eventsCursor } preferences { locale } devices { id }
  } }`
  expect(await run(aViewer(userId), operation)).toEqual({
    data: {
      viewer: {
        id: `usr_${userId}`,
        unreadCount: 0,
        unreadByCategory: [],
        inbox: { nodes: [], eventsCursor: expect.any(String) },
        preferences: { locale: 'en' },
        devices: [],
      },
    },
  })
})

test('the inbox comes page by page, newest first', async () => {
  const userId = unique('ada')
  const ids = (await fillInbox(app.database, userId, 5)).map((notificationId) =>
    inboxItemId({ notificationId, userId }),
  )
  const pages: string[][] = []
  let after: string | undefined
  do {
    const answer = await run(aViewer(userId), inbox, { first: 2, after })
    const page = pageOf(answer)
    pages.push(page.nodes.map(({ id }) => id))
    expect(page.pageInfo.hasPreviousPage).toBe(after !== undefined)
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : undefined
  } while (after)
  expect(pages).toEqual([[ids[4], ids[3]], [ids[2], ids[1]], [ids[0]]])
})

test.each([
  { first: 0 },
  { first: -1 },
  { first: 101 },
  { after: 'nonsense' },
  { after: Buffer.from('["a"]').toString('base64url') },
  { after: Buffer.from('["1","2","3"]').toString('base64url') },
  { category: 'a\0b' },
])('an argument that cannot be used is refused: %j', async (variables) => {
  expect(await run(aViewer('ada'), inbox, variables)).toMatchObject({
    errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
  })
})

test('items are marked, and whoever marks them is told the count', async () => {
  const userId = unique('ada')
  const ids = (await fillInbox(app.database, userId, 2)).map((notificationId) =>
    inboxItemId({ notificationId, userId }),
  )
  const items = (marked: { readonly readAt: Date | null; readonly archivedAt: Date | null }) =>
    ids.map((id) => ({
      id,
      readAt: marked.readAt?.toISOString() ?? null,
      archivedAt: marked.archivedAt?.toISOString() ?? null,
    }))
  const steps = [
    { name: 'markRead', marked: { readAt: now, archivedAt: null }, unreadCount: 0 },
    { name: 'markRead', marked: { readAt: now, archivedAt: null }, unreadCount: 0 },
    { name: 'markUnread', marked: { readAt: null, archivedAt: null }, unreadCount: 2 },
    { name: 'archive', marked: { readAt: null, archivedAt: now }, unreadCount: 0 },
    { name: 'unarchive', marked: { readAt: null, archivedAt: null }, unreadCount: 2 },
  ]
  for (const { name, marked, unreadCount } of steps) {
    expect(await run(aViewer(userId), mutation(name), { ids })).toEqual({
      data: { [name]: { __typename: 'InboxItemsPayload', items: items(marked), viewer: { unreadCount } } },
    })
  }
})

test("ids that cannot be items are named, and nothing is changed; somebody else's are left out", async () => {
  const [ada, bob] = [unique('ada'), unique('bob')]
  const hers = aNewItem({ userId: ada })
  await addItems(app.database, hers, aNewItem({ ...hers, userId: bob }))
  const id = inboxItemId(hers)
  expect(await run(aViewer(ada), mutation('markRead'), { ids: [id, 'inb_1', 'ntf_2'] })).toEqual({
    data: {
      markRead: {
        __typename: 'InvalidInput',
        fields: [
          { path: ['ids', '1'], code: 'BAD_ID' },
          { path: ['ids', '2'], code: 'BAD_ID' },
        ],
      },
    },
  })
  expect(await run(aViewer(bob), mutation('markRead'), { ids: [id] })).toEqual({
    data: { markRead: { __typename: 'InboxItemsPayload', items: [], viewer: { unreadCount: 1 } } },
  })
  expect(await run(aViewer(ada), '{ viewer { unreadCount } }')).toEqual({ data: { viewer: { unreadCount: 1 } } })
})

test('all read goes as far as it is told, and never beyond now', async () => {
  const userId = unique('ada')
  const [early, late] = [new Date('2026-11-22T09:00:00.000Z'), new Date('2026-11-22T11:00:00.000Z')]
  await fillInbox(app.database, userId, 2, { sentAt: early })
  await fillInbox(app.database, userId, 1, { sentAt: late })
  const read = (before?: string) => run(aViewer(userId), markAllRead, { before })
  expect(await read(early.toISOString())).toEqual({
    data: { markAllRead: { before: early.toISOString(), viewer: { unreadCount: 1 } } },
  })
  const all = { data: { markAllRead: { before: now.toISOString(), viewer: { unreadCount: 0 } } } }
  expect(await read('2027-01-01T00:00:00Z')).toEqual(all)
  expect(await read()).toEqual(all)
})

test('an item is a node to its viewer, and nothing to anybody else', async () => {
  const item = aNewItem({
    userId: unique('ada'),
    actions: [{ id: 'open', title: 'Open' }],
    data: { postId: 17 },
  })
  await addItems(app.database, item)
  const id = inboxItemId(item)
  expect(await run(aViewer(item.userId), node, { id })).toEqual({
    data: {
      node: {
        __typename: 'InboxItem',
        id,
        title: item.title,
        actions: [{ id: 'open', deepLink: null }],
        data: { postId: 17 },
      },
    },
  })
  for (const stranger of [aViewer(unique('bob')), aCaller({ admin: true })]) {
    expect(await run(stranger, node, { id })).toEqual({ data: { node: null } })
  }
})

test('a viewer is a node to herself only', async () => {
  const [ada, bob] = [unique('ada'), unique('bob')]
  const id = `usr_${ada}`
  expect(await run(aViewer(ada), node, { id })).toEqual({
    data: { node: { __typename: 'Viewer', id, unreadCount: 0 } },
  })
  expect(await run(aViewer(bob), node, { id })).toEqual({ data: { node: null } })
})

test.each([
  { who: aCaller({ admin: true }), code: 'FORBIDDEN' },
  { who: nobody, code: 'UNAUTHENTICATED' },
])('whoever is not a viewer has no inbox: $code', async ({ who, code }) => {
  for (const operation of ['{ viewer { userId } }', 'mutation { markAllRead { before } }']) {
    expect(await run(who, operation)).toMatchObject({ data: null, errors: [{ extensions: { code } }] })
  }
  const marked = await run(who, mutation('archive'), { ids: ['inb_1'] })
  expect(marked).toMatchObject({ data: null, errors: [{ extensions: { code } }] })
})

interface InboxPage {
  readonly nodes: readonly { readonly id: string }[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean; readonly endCursor: string }
}

function pageOf(answer: unknown): InboxPage {
  const { data } = answer as { readonly data: { readonly viewer: { readonly inbox: InboxPage } } }
  return data.viewer.inbox
}
