import type { Action } from '../domain/content.ts'
import type { InboxItem } from '../domain/inbox-item.ts'
import { type Month, monthOfNotification } from '../domain/log-months.ts'
import type { Tier } from '../domain/words.ts'
import { type Cassandra, type CassandraRow, dateOf, numberOf, textOf } from './cassandra.ts'
import { type ItemState, newest, type Overlay, withState } from './inbox-log-head.ts'

/** Where an item is. */
export interface ItemPlace {
  readonly month: Month
  readonly createdSeq: number
}

const columns = `created_seq, notification_id, tier, category, title, body, image_url, deep_link, actions, data, sent_at`

/** A range of a month, newest first: up to `limit` items added before one, and whether there may be more of them. */
export async function readItems(
  cassandra: Cassandra,
  userId: string,
  month: Month,
  before: number,
  limit: number,
  overlay: Overlay,
): Promise<{ readonly items: readonly InboxItem[]; readonly isLast: boolean }> {
  const values = [userId, month, before]
  const [rows, states] = await Promise.all([
    cassandra.rows(
      `SELECT ${columns} FROM notification_log WHERE user_id = ? AND month = ? AND created_seq < ? LIMIT ?`,
      [...values, limit],
      limit,
    ),
    // Each of these is of an item, so as many of them reach as far; but those of items that are still pending.
    cassandra.rows(
      'SELECT created_seq, changed_seq, read_at, archived_at FROM inbox_state WHERE user_id = ? AND month = ? AND created_seq < ? LIMIT ?',
      [...values, limit + overlay.items.size],
      limit + overlay.items.size,
    ),
  ])
  const isLast = rows.length < limit
  const found = rows.map((row) => itemOf(userId, row))
  const upFrom = isLast ? 0 : (found.at(-1)?.createdSeq ?? 0)
  return { items: merge(found, statesOf(states), overlay, month, upFrom, before), isLast }
}

function merge(
  found: readonly InboxItem[],
  states: ReadonlyMap<number, ItemState>,
  overlay: Overlay,
  month: Month,
  upFrom: number,
  before: number,
): readonly InboxItem[] {
  const bySeq = new Map(found.map((item) => [item.createdSeq, item]))
  for (const [seq, pending] of overlay.items) {
    if (pending.month === month && seq >= upFrom && seq < before) bySeq.set(seq, pending.item)
  }
  return [...bySeq.values()]
    .sort((a, b) => b.createdSeq - a.createdSeq)
    .map((item) => withState(item, newest(states.get(item.createdSeq), overlay.states.get(item.createdSeq))))
}

/** The items at these places, in no order. */
export async function readItemsAt(
  cassandra: Cassandra,
  userId: string,
  places: readonly ItemPlace[],
  overlay: Overlay,
): Promise<readonly InboxItem[]> {
  const byMonth = [...Map.groupBy(places, ({ month }) => month)].flatMap(([month, each]) =>
    chunks([...new Set(each.map(({ createdSeq }) => createdSeq))]).map((seqs) => ({ month, seqs })),
  )
  const read = await Promise.all(
    byMonth.map(async ({ month, seqs }) => {
      const [rows, states] = await Promise.all([
        cassandra.rows(`SELECT ${columns} FROM notification_log WHERE user_id = ? AND month = ? AND created_seq IN ?`, [
          userId,
          month,
          seqs,
        ]),
        readStates(cassandra, userId, month, seqs),
      ])
      const pending = seqs.flatMap((seq) => overlay.items.get(seq)?.item ?? [])
      const bySeq = new Map(
        [...rows.map((row) => itemOf(userId, row)), ...pending].map((item) => [item.createdSeq, item]),
      )
      return [...bySeq.values()].map((item) =>
        withState(item, newest(states.get(item.createdSeq), overlay.states.get(item.createdSeq))),
      )
    }),
  )
  return read.flat()
}

export async function readStates(
  cassandra: Cassandra,
  userId: string,
  month: Month,
  createdSeqs: readonly number[],
): Promise<ReadonlyMap<number, ItemState>> {
  return statesOf(
    await cassandra.rows(
      'SELECT created_seq, changed_seq, read_at, archived_at FROM inbox_state WHERE user_id = ? AND month = ? AND created_seq IN ?',
      [userId, month, createdSeqs],
    ),
  )
}

/** Where her items of these notifications are, by notification. */
export async function findPlaces(
  cassandra: Cassandra,
  userId: string,
  notificationIds: readonly string[],
  overlay: Overlay,
): Promise<ReadonlyMap<string, ItemPlace>> {
  const byMonth = [...Map.groupBy(new Set(notificationIds), monthOfNotification)].flatMap(([month, ids]) =>
    chunks(ids).map((some) => ({ month, some })),
  )
  const rows = await Promise.all(
    byMonth.map(({ month, some }) =>
      cassandra.rows(
        `SELECT notification_id, item_month, created_seq FROM deliveries_by_user
          WHERE user_id = ? AND month = ? AND notification_id IN ? AND channel = 'IN_APP' AND told = 3`,
        [userId, month, some],
      ),
    ),
  )
  const wanted = new Set(notificationIds)
  const pending = [...overlay.items].flatMap(([createdSeq, { month, item }]): [string, ItemPlace][] =>
    wanted.has(item.notificationId) ? [[item.notificationId, { month, createdSeq }]] : [],
  )
  const written = rows
    .flat()
    .map((row): [string, ItemPlace] => [
      String(row['notification_id']),
      { month: numberOf(row['item_month']), createdSeq: numberOf(row['created_seq']) },
    ])
  return new Map([...written, ...pending])
}

/** A server takes an IN with as many values as a viewer can name. */
const together = 100

export function chunks<T>(values: readonly T[], size = together): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(values.length / size) }, (_, n) => values.slice(n * size, (n + 1) * size))
}

function statesOf(rows: readonly CassandraRow[]): ReadonlyMap<number, ItemState> {
  return new Map(
    rows.map((row) => [
      numberOf(row['created_seq']),
      {
        changedSeq: numberOf(row['changed_seq']),
        readAt: dateOf(row['read_at']),
        archivedAt: dateOf(row['archived_at']),
      },
    ]),
  )
}

/** What we have written ourselves is believed. */
function itemOf(userId: string, row: CassandraRow): InboxItem {
  const createdSeq = numberOf(row['created_seq'])
  const [actions, data] = [textOf(row['actions']), textOf(row['data'])]
  return {
    userId,
    notificationId: String(row['notification_id']),
    createdSeq,
    changedSeq: createdSeq,
    tier: row['tier'] as Tier,
    category: String(row['category']),
    title: String(row['title']),
    body: String(row['body']),
    imageUrl: textOf(row['image_url']),
    deepLink: textOf(row['deep_link']),
    actions: actions === null ? [] : (JSON.parse(actions) as readonly Action[]),
    data: data === null ? null : JSON.parse(data),
    sentAt: row['sent_at'] as Date,
    readAt: null,
    archivedAt: null,
  }
}
