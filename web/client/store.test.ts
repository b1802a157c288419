import { expect, test } from 'vitest'
import { anItem, aPage, instant } from './a-loaded.ts'
import type { InboxQuery } from './generated/operations.ts'
import type { InboxEvent, InboxItem } from './loaded.ts'
import { createStore, type Store } from './store.ts'

const now = instant(30)

/** What is seen: `2 unread: 3! 1`, unread ones with an exclamation mark. */
function seen(store: Store): string {
  const shown = store.shown()
  const items = shown?.items.filter(({ archivedAt }) => archivedAt === null) ?? []
  return [`${shown?.unreadCount} unread:`, ...items.map(({ id, readAt }) => id.slice(4) + (readAt ? '' : '!'))].join(
    ' ',
  )
}

function aStore(
  items: readonly InboxItem[] = [anItem(3), anItem(2), anItem(1)],
  older: string | null = null,
  unread?: number,
) {
  const store = createStore(() => {})
  store.begin(aPage(items, older, unread))
  return store
}

const changed = (unreadCount: number, ...items: readonly InboxItem[]): InboxEvent => ({
  __typename: 'InboxItemsChanged',
  cursor: 'c',
  unreadCount,
  items,
})
const read = (number: number) => anItem(number, { readAt: instant(40) })

test('a mark is seen at once, and is what the server tells in the end', () => {
  const store = aStore()
  const mark = store.put('read', ['inb_2'], now)
  expect(seen(store)).toBe('2 unread: 3! 2 1!')
  store.answered(mark)
  expect(seen(store)).toBe('2 unread: 3! 2 1!')
  store.apply(changed(2, read(2)))
  expect(store.shown()).toEqual(store.told())
  expect(seen(store)).toBe('2 unread: 3! 2 1!')
})

test.each(['event first', 'answer first'])('the count is never off while a mark is on its way: %s', (order) => {
  const store = aStore()
  const mark = store.put('archived', ['inb_3'], now)
  const steps = [() => void store.apply(changed(2, anItem(3, { archivedAt: now }))), () => store.answered(mark)]
  for (const step of order === 'event first' ? steps : steps.reverse()) {
    step()
    expect(seen(store)).toBe('2 unread: 2! 1!')
  }
  expect(store.shown()).toBe(store.told())
})

test('what the server refuses is taken back, and nothing else', () => {
  const store = aStore()
  const refused = store.put('archived', ['inb_3'], now)
  store.put('read', ['inb_2'], now)
  store.apply({ __typename: 'InboxItemAdded', cursor: 'c', unreadCount: 4, item: anItem(4) })
  expect(seen(store)).toBe('2 unread: 4! 2 1!')
  store.takeBack(refused)
  expect(seen(store)).toBe('3 unread: 4! 3! 2 1!')
})

test('the last of two marks on one item is what is seen', () => {
  const store = aStore()
  const first = store.put('read', ['inb_1'], now)
  store.put('unread', ['inb_1'], now)
  expect(seen(store)).toBe('3 unread: 3! 2! 1!')
  store.answered(first)
  store.apply(changed(2, read(1)))
  expect(seen(store)).toBe('3 unread: 3! 2! 1!')
})

test('a mark is not undone by the event of an older change', () => {
  const store = aStore()
  store.answered(store.put('read', ['inb_1'], now))
  const archived = store.put('archived', ['inb_1'], now)
  store.apply(changed(2, read(1)))
  store.answered(archived)
  expect(seen(store)).toBe('2 unread: 3! 2!')
})

test('a mark that another device has undone meanwhile does not stay', () => {
  const store = aStore()
  const mark = store.put('read', ['inb_1'], now)
  store.answered(mark)
  // One event may tell of several changes of an item.
  store.apply(changed(3, anItem(1)))
  store.settled(mark)
  expect(seen(store)).toBe('3 unread: 3! 2! 1!')
  expect(store.shown()).toBe(store.told())
})

test('a mark of which nothing is told for long stays until something is', () => {
  const store = aStore()
  const mark = store.put('read', ['inb_1'], now)
  store.answered(mark)
  store.settled(mark)
  expect(seen(store)).toBe('2 unread: 3! 2! 1')
  store.apply(changed(3, anItem(1)))
  expect(seen(store)).toBe('3 unread: 3! 2! 1!')
})

test('"all read" leaves nothing unread, nor what is not loaded, but what comes after it', () => {
  const store = aStore([anItem(3), anItem(2)], 'older', 57)
  const mark = store.put('allRead', ['inb_3', 'inb_2'], instant(3))
  expect(seen(store)).toBe('0 unread: 3 2')
  store.apply({ __typename: 'InboxItemAdded', cursor: 'c', unreadCount: 58, item: anItem(4) })
  expect(seen(store)).toBe('1 unread: 4! 3 2')
  store.answered(mark)
  store.apply({ __typename: 'InboxAllRead', cursor: 'c', unreadCount: 1, before: instant(3) })
  expect(seen(store)).toBe('1 unread: 4! 3 2')
  expect(store.shown()).toBe(store.told())
})

test('a new beginning keeps marks that the server has not answered', () => {
  const store = aStore()
  store.put('read', ['inb_1'], now)
  store.answered(store.put('read', ['inb_2'], now))
  store.begin(aPage([anItem(3), read(2), anItem(1)], null, 2))
  expect(seen(store)).toBe('1 unread: 3! 2 1')
})

test('counts each category under the marks', () => {
  const store = createStore(() => {})
  const page = aPage([anItem(2, { category: 'order' }), anItem(1)])
  const unreadByCategory = [
    { category: 'order', count: 1 },
    { category: 'social.like', count: 1 },
  ]
  store.begin({ viewer: { ...page.viewer, unreadByCategory } })
  store.put('read', ['inb_2'], now)
  expect(store.shown()?.unreadByCategory).toEqual([
    { category: 'order', count: 0 },
    { category: 'social.like', count: 1 },
  ])
})

test('older items that changed while they were on their way are as they are now', async () => {
  const store = aStore([anItem(3)], 'older', 2)
  await store.addOlder(async () => {
    store.apply(changed(1, read(1)))
    store.apply({ __typename: 'InboxItemsRemoved', cursor: 'c', unreadCount: 1, itemIds: ['inb_2'] })
    return aPage([anItem(2), anItem(1)])
  })
  expect(seen(store)).toBe('1 unread: 3! 1')
})

test('older items of what was before a new beginning are dropped', async () => {
  const store = aStore([anItem(3)], 'older')
  await store.addOlder(async (cursor): Promise<InboxQuery> => {
    expect(cursor).toBe('older')
    store.begin(aPage([anItem(5)], 'older'))
    return aPage([anItem(2)])
  })
  expect(seen(store)).toBe('1 unread: 5!')
})

test('tells an item that is new from one that is known', () => {
  const store = aStore()
  const added = (item: InboxItem): InboxEvent => ({ __typename: 'InboxItemAdded', cursor: 'c', unreadCount: 4, item })
  expect([store.apply(added(anItem(3))), store.apply(added(anItem(4)))]).toEqual([undefined, anItem(4)])
})
