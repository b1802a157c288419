import type { Pool, PoolClient } from 'pg'
import type { InboxItemKey } from '../domain/ids.ts'
import type { InboxItem } from '../domain/inbox-item.ts'
import { type InboxMonth, isUnread } from '../domain/log-months.ts'
import type { Cassandra } from './cassandra.ts'
import { findPlaces, readItems, readItemsAt, readStates } from './cassandra-items.ts'
import type { CategoryCount, InboxPage, InboxQuery } from './inbox.ts'
import { type LogHead, newest, overlayOf, readLogHead, readLogHeads, type Time } from './inbox-log-head.ts'

/** Where the parts of an inbox are. */
export interface InboxStores {
  readonly pool: Pool | PoolClient
  readonly cassandra: Cassandra
  readonly time: () => Time
}

/** Where most items are not wanted, so many are read at once. */
const scanned = 1000

/** See `readInboxPage` of the engine: the items are those that the head tells of. */
export async function readInboxPage(stores: InboxStores, query: InboxQuery): Promise<InboxPage> {
  const { userId, beforeSeq = Number.MAX_SAFE_INTEGER, limit } = query
  const head = await readLogHead(stores.pool, userId, stores.time())
  const items: InboxItem[] = []
  for await (const item of scan(stores.cassandra, userId, head, {
    beforeSeq,
    first: limit,
    howMany: (month) => howMany(query, month),
    counts: countedBy(query),
  })) {
    if (query.category !== undefined && item.category !== query.category) continue
    items.push(item)
    if (items.length === limit) break
  }
  return { head: { seq: head.seq, unread: head.unread }, behind: head.behind, items }
}

function countedBy({ unreadOnly, archived }: InboxQuery) {
  return (item: InboxItem) => (!unreadOnly || item.readAt === null) && (item.archivedAt !== null) === archived
}

/** How many items of a month a query can find at the most, whatever their categories. */
function howMany({ unreadOnly, archived }: InboxQuery, month: InboxMonth): number {
  if (archived) return unreadOnly ? month.hidden : month.archived
  return unreadOnly ? month.unread : Number.MAX_SAFE_INTEGER
}

export interface Scan {
  readonly beforeSeq: number
  /** How many are read to begin with. */
  readonly first: number
  /** How many there are in a month at the most: with 0 it is not read, and when they have been found it is left. */
  howMany(month: InboxMonth): number
  counts(item: InboxItem): boolean
}

/** The items of an inbox that count, newest first. */
export async function* scan(
  cassandra: Cassandra,
  userId: string,
  head: LogHead,
  { beforeSeq, first, howMany, counts }: Scan,
): AsyncGenerator<InboxItem> {
  const overlay = overlayOf(userId, head.pending)
  let [before, size] = [Math.min(beforeSeq, head.seq + 1), first]
  for (const month of head.months.toReversed()) {
    if (month.firstSeq >= before) continue
    let left = howMany(month)
    while (left > 0) {
      const { items, isLast } = await readItems(cassandra, userId, month.month, before, size, overlay)
      for (const item of items.filter(counts)) {
        left--
        yield item
      }
      before = items.at(-1)?.createdSeq ?? before
      if (isLast) break
      size = scanned
    }
    before = Math.min(before, month.firstSeq)
  }
}

/** Her items of these notifications, in no order. */
export async function findInboxItems(
  { pool, cassandra, time }: InboxStores,
  userId: string,
  notificationIds: readonly string[],
): Promise<readonly InboxItem[]> {
  const head = await readLogHead(pool, userId, time())
  return findItems(cassandra, userId, head, notificationIds)
}

export async function findItems(
  cassandra: Cassandra,
  userId: string,
  head: LogHead,
  notificationIds: readonly string[],
): Promise<readonly InboxItem[]> {
  if (head.seq === 0) return []
  const overlay = overlayOf(userId, head.pending)
  const places = await findPlaces(cassandra, userId, notificationIds, overlay)
  return readItemsAt(cassandra, userId, [...places.values()], overlay)
}

/** For each of these items whether it is there and read. */
export async function areRead(
  { pool, cassandra, time }: InboxStores,
  keys: readonly InboxItemKey[],
): Promise<readonly boolean[]> {
  const heads = await readLogHeads(pool, [...new Set(keys.map(({ userId }) => userId))], time())
  return Promise.all(
    keys.map(async ({ userId, notificationId }) => {
      const head = heads.get(userId)
      if (head === undefined) return false
      const overlay = overlayOf(userId, head.pending)
      const place = (await findPlaces(cassandra, userId, [notificationId], overlay)).get(notificationId)
      if (place === undefined) return false
      const states = await readStates(cassandra, userId, place.month, [place.createdSeq])
      const state = newest(states.get(place.createdSeq), overlay.states.get(place.createdSeq))
      return state !== undefined && state.readAt !== null
    }),
  )
}

/** The categories that have unread items, the fullest first. Reads as far as the last unread item. */
export async function countUnreadByCategory(
  { pool, cassandra, time }: InboxStores,
  userId: string,
): Promise<readonly CategoryCount[]> {
  const head = await readLogHead(pool, userId, time())
  const counts = new Map<string, number>()
  const unread: Scan = {
    beforeSeq: Number.MAX_SAFE_INTEGER,
    first: scanned,
    howMany: (month) => month.unread,
    counts: isUnread,
  }
  for await (const { category } of scan(cassandra, userId, head, unread)) {
    counts.set(category, (counts.get(category) ?? 0) + 1)
  }
  return [...counts]
    .map(([category, count]) => ({ category, count }))
    .sort((a, b) => b.count - a.count || (a.category < b.category ? -1 : 1))
}
