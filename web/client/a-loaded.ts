import type { InboxQuery } from './generated/operations.ts'
import type { InboxItem, Loaded } from './loaded.ts'

/** An unread item. The higher its number, the newer. */
export function anItem(number: number, change: Partial<InboxItem> = {}): InboxItem {
  return {
    id: `inb_${number}`,
    notificationId: `ntf_${number}`,
    tier: 'SOCIAL',
    category: 'social.like',
    title: `Ada liked post ${number}`,
    body: 'Have a look',
    imageUrl: null,
    deepLink: null,
    actions: [],
    data: null,
    sentAt: instant(number),
    readAt: null,
    archivedAt: null,
    ...change,
  }
}

export function instant(number: number): string {
  return new Date(Date.UTC(2026, 10, 22, 10, number)).toISOString()
}

/** With these items, given newest first, and nothing else unread. */
export function aLoaded(items: readonly InboxItem[], change: Partial<Loaded> = {}): Loaded {
  return {
    items,
    unreadCount: items.filter(({ readAt, archivedAt }) => readAt === null && archivedAt === null).length,
    unreadByCategory: undefined,
    eventsCursor: 'c0',
    olderCursor: null,
    ...change,
  }
}

export function aPage(
  items: readonly InboxItem[],
  older: string | null = null,
  unreadCount = items.length,
): InboxQuery {
  return {
    viewer: {
      userId: 'ada',
      unreadCount,
      inbox: { nodes: items, pageInfo: { hasNextPage: older !== null, endCursor: older }, eventsCursor: 'c0' },
    },
  }
}
