import { describe, expect, test } from 'vitest'
import { aLoaded, anItem, aPage, instant } from './a-loaded.ts'
import { afterEvent, firstPage, type InboxEvent, type Loaded, withOlder } from './loaded.ts'

const ids = ({ items }: Loaded) => items.map(({ id }) => id)
const stamp = { cursor: 'c1', unreadCount: 7 }

describe('an event', () => {
  test.each<[string, InboxEvent, Loaded]>([
    [
      'of a new item puts it first',
      { __typename: 'InboxItemAdded', ...stamp, item: anItem(4) },
      aLoaded([anItem(4), anItem(3), anItem(1)]),
    ],
    [
      'of an item that is there already puts it nowhere else',
      { __typename: 'InboxItemAdded', ...stamp, item: anItem(1, { readAt: instant(9) }) },
      aLoaded([anItem(3), anItem(1, { readAt: instant(9) })]),
    ],
    [
      'of changed items changes them where they are',
      { __typename: 'InboxItemsChanged', ...stamp, items: [anItem(3, { archivedAt: instant(9) })] },
      aLoaded([anItem(3, { archivedAt: instant(9) }), anItem(1)]),
    ],
    [
      'of an item that came back puts it where it was',
      { __typename: 'InboxItemsChanged', ...stamp, items: [anItem(2)] },
      aLoaded([anItem(3), anItem(2), anItem(1)]),
    ],
    [
      'of an item that came back and is the oldest puts it last',
      { __typename: 'InboxItemsChanged', ...stamp, items: [anItem(0)] },
      aLoaded([anItem(3), anItem(1), anItem(0)]),
    ],
    [
      'of an archived item that was never here leaves it out',
      { __typename: 'InboxItemsChanged', ...stamp, items: [anItem(2, { archivedAt: instant(9) })] },
      aLoaded([anItem(3), anItem(1)]),
    ],
    [
      'of removed items takes them out',
      { __typename: 'InboxItemsRemoved', ...stamp, itemIds: ['inb_3', 'inb_8'] },
      aLoaded([anItem(1)]),
    ],
    [
      'of "all read" reads what was sent until then',
      { __typename: 'InboxAllRead', ...stamp, before: instant(1) },
      aLoaded([anItem(3), anItem(1, { readAt: instant(1) })]),
    ],
    ['that begins changes no item', { __typename: 'InboxReady', ...stamp }, aLoaded([anItem(3), anItem(1)])],
  ])('%s', (_name, event, expected) => {
    const after = afterEvent(aLoaded([anItem(3), anItem(1)]), event)
    expect(after).toEqual({ ...expected, eventsCursor: 'c1', unreadCount: 7 })
    expect(afterEvent(after, event)).toEqual(after)
  })

  test('of an item that came back among those that are not loaded yet leaves it to them', () => {
    const partly = aLoaded([anItem(3), anItem(2)], { olderCursor: 'older' })
    const event: InboxEvent = { __typename: 'InboxItemsChanged', ...stamp, items: [anItem(1)] }
    expect(ids(afterEvent(partly, event))).toEqual(['inb_3', 'inb_2'])
  })
})

test('older items come after those that are here, and none of them twice', () => {
  const read = anItem(2, { readAt: instant(9) })
  const loaded = withOlder(aLoaded([anItem(3), read], { olderCursor: 'a' }), aPage([anItem(2), anItem(1)], 'b'))
  expect(loaded).toEqual(aLoaded([anItem(3), read, anItem(1)], { olderCursor: 'b', unreadCount: 1 }))
})

test('the last page has nothing older', () => {
  expect(firstPage(aPage([anItem(1)]))).toEqual(aLoaded([anItem(1)]))
})
