import type { InboxEventsSubscription, InboxItemFieldsFragment, InboxQuery } from './generated/operations.ts'

export type InboxItem = InboxItemFieldsFragment
export type InboxEvent = InboxEventsSubscription['inboxEvents']

export interface CategoryCount {
  readonly category: string
  readonly count: number
}

/** What the server has told of an inbox, up to the event with this cursor. */
export interface Loaded {
  /** Newest first, without a gap; archived ones stay where they are, in case they come back. */
  readonly items: readonly InboxItem[]
  readonly unreadCount: number
  /** Undefined: nobody asked. */
  readonly unreadByCategory: readonly CategoryCount[] | undefined
  readonly eventsCursor: string
  /** Where older items go on; null: there are none. */
  readonly olderCursor: string | null
}

export function firstPage({ viewer }: InboxQuery): Loaded {
  const { unreadCount, unreadByCategory, inbox } = viewer
  return {
    items: inbox.nodes,
    unreadCount,
    unreadByCategory,
    eventsCursor: inbox.eventsCursor,
    olderCursor: olderCursor(inbox.pageInfo),
  }
}

/** With a page of older items. What is here already has been kept up to date by events, and stays. */
export function withOlder(loaded: Loaded, { viewer: { inbox } }: InboxQuery): Loaded {
  const known = new Set(loaded.items.map(({ id }) => id))
  const older = inbox.nodes.filter(({ id }) => !known.has(id))
  return { ...loaded, items: [...loaded.items, ...older], olderCursor: olderCursor(inbox.pageInfo) }
}

/** Applying an event twice changes nothing. */
export function afterEvent(loaded: Loaded, event: InboxEvent): Loaded {
  return {
    ...loaded,
    items: itemsAfter(loaded, event),
    unreadCount: event.unreadCount,
    unreadByCategory: event.viewer?.unreadByCategory ?? loaded.unreadByCategory,
    eventsCursor: event.cursor,
  }
}

/** Those of which an event tells how they are now. */
export function toldOf({ items }: Loaded, event: InboxEvent): readonly string[] {
  switch (event.__typename) {
    case 'InboxItemAdded':
      return [event.item.id]
    case 'InboxItemsChanged':
      return event.items.map(({ id }) => id)
    case 'InboxItemsRemoved':
      return event.itemIds
    case 'InboxAllRead':
      return items.filter(({ sentAt }) => isUntil(sentAt, event.before)).map(({ id }) => id)
    case 'InboxReady':
    case 'InboxResync':
      return []
  }
}

function itemsAfter(loaded: Loaded, event: InboxEvent): readonly InboxItem[] {
  const { items } = loaded
  switch (event.__typename) {
    case 'InboxItemAdded':
      return items.some(({ id }) => id === event.item.id) ? replaced(items, [event.item]) : [event.item, ...items]
    case 'InboxItemsChanged':
      return event.items.reduce((all, item) => placed(all, item, loaded.olderCursor), replaced(items, event.items))
    case 'InboxItemsRemoved':
      return items.filter(({ id }) => !event.itemIds.includes(id))
    case 'InboxAllRead':
      return items.map((item) => (isUntil(item.sentAt, event.before) ? read(item, event.before) : item))
    case 'InboxReady':
    case 'InboxResync':
      return items
  }
}

function replaced(items: readonly InboxItem[], newer: readonly InboxItem[]): readonly InboxItem[] {
  const byId = new Map(newer.map((item) => [item.id, item]))
  return items.map((item) => byId.get(item.id) ?? item)
}

/** An item that came back into the inbox goes where it was; among those that are not loaded yet it will come with them. */
function placed(items: readonly InboxItem[], item: InboxItem, older: string | null): readonly InboxItem[] {
  if (item.archivedAt !== null || items.some(({ id }) => id === item.id)) return items
  const index = items.findIndex(({ sentAt }) => Date.parse(sentAt) < Date.parse(item.sentAt))
  if (index >= 0) return items.toSpliced(index, 0, item)
  return older === null ? [...items, item] : items
}

function read(item: InboxItem, at: string): InboxItem {
  return item.readAt === null ? { ...item, readAt: at } : item
}

function isUntil(instant: string, before: string): boolean {
  return Date.parse(instant) <= Date.parse(before)
}

interface PageInfo {
  readonly hasNextPage: boolean
  readonly endCursor: string | null
}

function olderCursor({ hasNextPage, endCursor }: PageInfo): string | null {
  return hasNextPage ? endCursor : null
}
