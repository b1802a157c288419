import { parse, subscribe } from 'graphql'
import { afterAll, expect, test } from 'vitest'
import { inboxItemId } from '../src/domain/ids.ts'
import type { Principal } from '../src/domain/principal.ts'
import { openInboxFeed } from '../src/gateway/inbox-feed.ts'
import { decodeEventsCursor } from '../src/schema/events-cursor.ts'
import { schema } from '../src/schema/schema.ts'
import type { NewInboxItem } from '../src/store/inbox-write.ts'
import { inboxChanged } from '../src/streams/messages.ts'
import { addItems, aNewItem } from './setup/inbox.ts'
import { aCaller, aViewer, nobody, openSchemaApp, unique } from './setup/schema-app.ts'

const now = new Date('2026-11-22T12:00:00.000Z')
const { app: baseApp, run: execute, close } = await openSchemaApp(() => now)
const inboxFeed = openInboxFeed(baseApp.streams, baseApp.database)
const app = { ...baseApp, inboxFeed }
afterAll(async () => {
  inboxFeed.close()
  await close()
})

interface Item {
  readonly id: string
  readonly isRead: string | null
  readonly isArchived: string | null
}

interface Event {
  readonly __typename: string
  readonly cursor: string
  readonly unreadCount: number
  readonly viewer: { readonly unreadCount: number }
  readonly item?: Item
  readonly items?: readonly Item[]
  readonly before?: string
  readonly reason?: string
}

const inboxEvents = parse(`subscription ($after: String) {
  inboxEvents(after: $after) {
    __typename cursor unreadCount viewer { unreadCount }
    ... on InboxItemAdded { item { ...item } }
    ... on InboxItemsChanged { items { ...item } }
    ... on InboxAllRead { before }
    ... on InboxResync { reason }
  }
}
fragment item on InboxItem { id isRead: readAt isArchived: archivedAt }`)

const start = (principal: Principal, after?: string) =>
  subscribe({
    schema,
    document: inboxEvents,
    variableValues: { after },
    contextValue: { app, principal, idempotencyKey: undefined },
  })

/** A subscriber who takes one event after the other. */
async function aSubscriber(userId: string, after?: string) {
  const started = await start(aViewer(userId), after)
  if (!(Symbol.asyncIterator in started)) throw new Error(JSON.stringify(started))
  const events = started
  return {
    async next(): Promise<Event> {
      const { value, done } = await events.next()
      if (done) throw new Error('The subscription has ended.')
      const { data, errors } = value
      if (!data) throw new Error(JSON.stringify(errors))
      return JSON.parse(JSON.stringify(data['inboxEvents']))
    },
    leave: () => events.return?.(),
  }
}

async function add(...items: readonly NewInboxItem[]): Promise<readonly string[]> {
  for (const head of await addItems(app.database, ...items)) app.streams.signal(inboxChanged, head.userId, head)
  return items.map(inboxItemId)
}

const mark = (userId: string, name: string, ids: readonly string[]) =>
  execute(aViewer(userId), `mutation ($ids: [ID!]!) { ${name}(ids: $ids) { __typename } }`, { ids })
const markAllRead = (userId: string, before?: Date) =>
  execute(aViewer(userId), 'mutation ($before: DateTime) { markAllRead(before: $before) { before } }', { before })

const seqOf = (event: Event) => decodeEventsCursor(event.cursor)?.seq
const told = ({ __typename, unreadCount, item, items, before }: Event) => [
  __typename,
  unreadCount,
  ...(before ? [before] : []),
  ...(item ? [item.id] : []),
  ...(items ? [items.map(({ id }) => id)] : []),
]

test('a subscriber is told first that it has begun, then each change in order with the count after it', async () => {
  const userId = unique('ada')
  const [first = ''] = await add(aNewItem({ userId, sentAt: now }))
  const phone = await aSubscriber(userId)
  const laptop = await aSubscriber(userId)
  for (const device of [phone, laptop]) expect(told(await device.next())).toEqual(['InboxReady', 1])

  const happens = async (change: () => Promise<unknown>): Promise<Event> => {
    await change()
    const [event, other] = [await phone.next(), await laptop.next()]
    expect(other).toEqual(event)
    expect(event.viewer.unreadCount).toBe(event.unreadCount)
    return event
  }
  const second = aNewItem({ userId, sentAt: now })
  const ids = [first, inboxItemId(second)]
  const events = [
    await happens(() => add(second)),
    await happens(() => mark(userId, 'markRead', ids)),
    await happens(async () => {
      // What changes nothing is no event.
      await mark(userId, 'markRead', ids)
      await mark(userId, 'archive', [first])
    }),
    await happens(() => mark(userId, 'markUnread', ids)),
    await happens(() => mark(userId, 'unarchive', [first])),
    await happens(() => markAllRead(userId)),
  ]
  expect(events.map(told)).toEqual([
    ['InboxItemAdded', 2, ids[1]],
    ['InboxItemsChanged', 0, ids],
    ['InboxItemsChanged', 0, [first]],
    ['InboxItemsChanged', 1, ids],
    ['InboxItemsChanged', 2, [first]],
    ['InboxAllRead', 0, now.toISOString()],
  ])
  expect(events.map(seqOf)).toEqual([2, 3, 4, 5, 6, 7])
  await Promise.all([phone.leave(), laptop.leave()])
})

test('nothing falls between the beginning and the first change', async () => {
  for (let n = 0; n < 20; n++) {
    const userId = unique('ada')
    const starting = aSubscriber(userId).then(async (device) => [device, await device.next()] as const)
    const adding = add(aNewItem({ userId }))
    const [[device, ready], [id]] = await Promise.all([starting, adding])
    if (ready.unreadCount === 0) expect(told(await device.next())).toEqual(['InboxItemAdded', 1, id])
    await device.leave()
  }
})

test('a client that applies every event has the inbox, whatever happens at once', async () => {
  const userId = unique('ada')
  const device = await aSubscriber(userId)
  expect(seqOf(await device.next())).toBe(0)

  const ids: string[] = []
  const actions = [
    async () => void ids.push(...(await add(aNewItem({ userId })))),
    () => mark(userId, 'markRead', ids.slice(-5)),
    () => mark(userId, 'markUnread', ids.slice(-3)),
    () => mark(userId, 'archive', ids.slice(-2)),
    () => mark(userId, 'unarchive', ids.slice(0, 4)),
  ]
  const worker = async (own: number) => {
    for (let n = 0; n < 30; n++) await actions[(n * 7 + own * 3) % actions.length]?.()
  }
  await Promise.all([0, 1, 2, 3].map(worker))

  const { head, items } = await app.database.log.readInboxPage({
    userId,
    beforeSeq: undefined,
    unreadOnly: false,
    category: undefined,
    archived: false,
    limit: 1_000,
  })
  const inbox = new Map<string, Item>()
  const addedIds: string[] = []
  for (let seq = 0; seq < head.seq; ) {
    const event = await device.next()
    expect(seqOf(event)).toBeGreaterThan(seq)
    seq = seqOf(event) ?? seq
    if (event.item) addedIds.push(event.item.id)
    for (const item of event.items ?? []) expect(inbox.has(item.id)).toBe(true)
    for (const item of event.item ? [event.item] : (event.items ?? [])) inbox.set(item.id, item)
    if (seq === head.seq) expect(event.unreadCount).toBe(head.unread)
  }
  await device.leave()
  expect([...addedIds].sort()).toEqual([...ids].sort())
  const left = [...inbox.values()].filter((item) => item.isArchived === null)
  expect(new Map(left.map((item) => [item.id, item.isRead]))).toEqual(
    new Map(items.map((item) => [inboxItemId(item), item.readAt?.toISOString() ?? null])),
  )
  expect(left.filter((item) => item.isRead === null)).toHaveLength(head.unread)
})

test('a client that continues is told what it has missed, once and in order, then what happens', async () => {
  const userId = unique('ada')
  const [old = ''] = await add(aNewItem({ userId }))
  const before = await aSubscriber(userId)
  const { cursor } = await before.next()
  await before.leave()

  const [first = '', second = ''] = [...(await add(aNewItem({ userId }))), ...(await add(aNewItem({ userId })))]
  await mark(userId, 'markRead', [old, first])
  const after = await aSubscriber(userId, cursor)
  const ready = await after.next()
  expect([...told(ready), ready.cursor]).toEqual(['InboxReady', 1, cursor])
  const missed = [await after.next(), await after.next(), await after.next()]
  expect(missed.map(told)).toEqual([
    ['InboxItemAdded', 1, first],
    ['InboxItemAdded', 1, second],
    ['InboxItemsChanged', 1, [old, first]],
  ])
  const [third = ''] = await add(aNewItem({ userId }))
  expect(told(await after.next())).toEqual(['InboxItemAdded', 2, third])
  await after.leave()

  // From between the two items it is the same story from there on.
  const between = await aSubscriber(userId, missed[0]?.cursor)
  await between.next()
  expect([await between.next(), await between.next(), await between.next()].map(told)).toEqual([
    ['InboxItemAdded', 2, second],
    ['InboxItemsChanged', 1, [old, first]],
    ['InboxItemAdded', 2, third],
  ])
  await between.leave()
})

test('what was missed is one read, whatever number of events it is', async () => {
  const userId = unique('ada')
  const { cursor } = await (await aSubscriber(userId)).next()
  const ids: string[] = []
  for (let n = 0; n < 260; n++) ids.push(...(await add(aNewItem({ userId }))))
  const { log } = app.database
  const { readInboxChanges } = log
  let reads = 0
  const counted: typeof readInboxChanges = (...args) => {
    reads += 1
    return readInboxChanges(...args)
  }
  Object.assign(log, { readInboxChanges: counted })
  const device = await aSubscriber(userId, cursor)
  await device.next()
  const told: unknown[] = []
  while (told.length < ids.length) told.push((await device.next()).item?.id)
  Object.assign(log, { readInboxChanges })
  await device.leave()
  expect(told).toEqual(ids)
  expect(reads).toBe(1)
})

test('an all read that was missed is told in changes of at most 100 items, none of them twice', async () => {
  const userId = unique('ada')
  for (let n = 0; n < 230; n++) await add(aNewItem({ userId }))
  const { cursor } = await (await aSubscriber(userId)).next()
  await markAllRead(userId)

  const seen: string[] = []
  for (let from = cursor; seen.length < 230; ) {
    // Each part can be continued from.
    const device = await aSubscriber(userId, from)
    await device.next()
    const event = await device.next()
    expect(told(event).slice(0, 2)).toEqual(['InboxItemsChanged', 0])
    seen.push(...(event.items ?? []).map(({ id }) => id))
    from = event.cursor
    await device.leave()
  }
  expect(new Set(seen).size).toBe(230)
})

test.each([
  {
    what: 'of another installation',
    cursor: ['elsewhere', '0', '0'],
    reason: 'The cursor is of another installation.',
  },
])('a cursor $what is answered with one resync', async ({ cursor, reason }) => {
  const userId = unique('ada')
  await add(aNewItem({ userId }))
  const device = await aSubscriber(userId, Buffer.from(JSON.stringify(cursor)).toString('base64url'))
  expect(told(await device.next())).toEqual(['InboxReady', 1])
  expect(await device.next()).toMatchObject({ __typename: 'InboxResync', unreadCount: 1, reason })
  const [id = ''] = await add(aNewItem({ userId }))
  expect(told(await device.next())).toEqual(['InboxItemAdded', 2, id])
  await device.leave()
})

test('a cursor from before items were removed is answered with one resync', async () => {
  const userId = unique('ada')
  const device = await aSubscriber(userId)
  const { cursor } = await device.next()
  await device.leave()
  await add(aNewItem({ userId }))
  await app.database.prisma.inboxHead.update({ where: { userId }, data: { removedSeq: 1 } })
  const late = await aSubscriber(userId, cursor)
  await late.next()
  expect((await late.next()).reason).toBe('The cursor is too old: items have been removed since.')
  await late.leave()
})

test.each([
  'nonsense',
  '',
  Buffer.from('["1"]').toString('base64url'),
  Buffer.from('["a","b","c"]').toString('base64url'),
])('a cursor that is not ours is refused: "%s"', async (after) => {
  expect(await start(aViewer('ada'), after)).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
})

test.each([
  { who: aCaller(), code: 'FORBIDDEN' },
  { who: nobody, code: 'UNAUTHENTICATED' },
])('whoever is not a viewer is refused at once: $code', async ({ who, code }) => {
  expect(await start(who)).toMatchObject({ errors: [{ extensions: { code } }] })
})

test('a subscriber who leaves while nothing happens is gone at once', async () => {
  const device = await aSubscriber(unique('ada'))
  await device.next()
  const waiting = device.next().catch(() => 'ended')
  await device.leave()
  expect(await waiting).toBe('ended')
})
