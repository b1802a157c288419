import type { PoolClient } from 'pg'
import type { InboxHead, InboxItem } from '../domain/inbox-item.ts'
import { type InboxMark, marked } from '../domain/inbox-marks.ts'
import { type InboxMonth, type Marks, monthOf, recount, withChange } from '../domain/log-months.ts'
import { findItems, type InboxStores, scan } from './cassandra-inbox.ts'
import { type LogHead, lockInboxHead, moveHead, readLogHead } from './inbox-log-head.ts'
import type { MarkedItems } from './inbox-mark.ts'
import type { OpenOutbox } from './log-outbox.ts'

/** One of its items, and what becomes of it. */
interface Marking {
  readonly item: InboxItem
  readonly marks: Marks
}

/** Marks items of one inbox, whose head is locked first: two devices take turns. */
export async function markInboxItems(
  stores: InboxStores,
  client: PoolClient,
  outbox: OpenOutbox,
  { mark, userId, notificationIds, now }: MarkOfItems,
): Promise<MarkedItems> {
  const head = await lockedHead(stores, client, userId)
  const found = head === undefined ? [] : await findItems(stores.cassandra, userId, head, notificationIds)
  const markings = found.flatMap((item): Marking[] => {
    const marks = marked(mark, item, now)
    return marks === undefined ? [] : [{ item, marks }]
  })
  const moved = head && (await change(stores, client, outbox, userId, head, markings))
  const changed = markings.map(({ item, marks }) => ({ ...item, ...marks, changedSeq: moved?.seq ?? item.changedSeq }))
  const items = new Map([...found, ...changed].map((item) => [item.notificationId, item]))
  return { items: [...new Set(notificationIds)].flatMap((id) => items.get(id) ?? []), head: moved }
}

export interface MarkOfItems {
  readonly mark: InboxMark
  readonly userId: string
  readonly notificationIds: readonly string[]
  readonly now: Date
}

/** Marks every item read that was sent until then, archived ones too. */
export async function markInboxAllRead(
  stores: InboxStores,
  client: PoolClient,
  outbox: OpenOutbox,
  { userId, sentUntil, now }: { readonly userId: string; readonly sentUntil: Date; readonly now: Date },
): Promise<InboxHead | undefined> {
  const head = await lockedHead(stores, client, userId)
  if (head === undefined) return undefined
  const markings: Marking[] = []
  const unread = scan(stores.cassandra, userId, head, {
    beforeSeq: Number.MAX_SAFE_INTEGER,
    first: 1000,
    howMany: (month) => month.unread + month.hidden,
    counts: ({ readAt }) => readAt === null,
  })
  for await (const item of unread) {
    const { sentAt, archivedAt } = item
    if (sentAt <= sentUntil) markings.push({ item, marks: { readAt: now, archivedAt } })
  }
  return change(stores, client, outbox, userId, head, markings)
}

async function lockedHead({ time }: InboxStores, client: PoolClient, userId: string): Promise<LogHead | undefined> {
  // In a statement of its own: the next one's snapshot then has all that was committed while this one waited.
  if (!(await lockInboxHead(client, userId))) return undefined
  return readLogHead(client, userId, time())
}

/** Takes the next sequence for all of them; undefined, and nothing changed, where there is none. */
async function change(
  { time }: InboxStores,
  client: PoolClient,
  outbox: OpenOutbox,
  userId: string,
  head: LogHead,
  markings: readonly Marking[],
): Promise<InboxHead | undefined> {
  if (markings.length === 0) return undefined
  const seq = head.seq + 1
  const byMonth = Map.groupBy(markings, ({ item }) => monthIn(head.months, item))
  const counted = head.months.map((month) =>
    (byMonth.get(month) ?? []).reduce((sum, { item, marks }) => recount(sum, item, marks), month),
  )
  const months = withChange(counted, seq, monthOf(time().now))
  const unread = months.reduce((sum, each) => sum + each.unread, 0)
  await moveHead(client, userId, { seq, unread, removedSeq: head.removedSeq, months }, outbox.id)
  outbox.addEntry(userId, {
    kind: 'change',
    seq,
    month: months.at(-1)?.month ?? 0,
    items: [...byMonth].flatMap(([month, each]) =>
      each.map(
        ({ item, marks }) =>
          [month?.month ?? 0, item.createdSeq, marks.readAt?.getTime() ?? 0, marks.archivedAt?.getTime() ?? 0] as const,
      ),
    ),
  })
  return { seq, unread }
}

function monthIn(months: readonly InboxMonth[], { createdSeq }: InboxItem): InboxMonth | undefined {
  return months.findLast(({ firstSeq }) => firstSeq <= createdSeq)
}
