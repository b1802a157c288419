import type { Pool, PoolClient } from 'pg'
import type { InboxItem } from '../domain/inbox-item.ts'
import { type InboxMonth, type Marks, type Month, oldestMonth } from '../domain/log-months.ts'
import { type Behind, behindColumns, behindOf, type StoredHead } from './inbox.ts'
import type { InboxEntry } from './log-outbox.ts'

/** The head of an inbox whose items are in Cassandra: where they are, and what of them may not have got there yet. */
export interface LogHead extends StoredHead {
  /** Oldest first; those that have gone are left out. */
  readonly months: readonly InboxMonth[]
  readonly pending: readonly InboxEntry[]
}

interface Row extends Behind {
  readonly userId: string
  readonly seq: number
  readonly unread: number
  readonly removedSeq: number
  readonly log: { readonly months: readonly (readonly [Month, number, number, number, number])[] } | null
  readonly pending: readonly (readonly InboxEntry[])[] | null
}

/*
 * One snapshot: what a head tells of is in `pending`, or was in Cassandra before its row of log_outbox went. So whoever
 * reads Cassandra after this reads everything up to the head.
 */
const text = `SELECT asked.user_id AS "userId", coalesce(head.seq, 0)::float8 AS seq, coalesce(head.unread, 0) AS unread,
    coalesce(head.removed_seq, 0)::float8 AS "removedSeq", ${behindColumns}, head.log,
    (SELECT json_agg(outbox.writes->'inboxes'->head.user_id) FROM log_outbox outbox
      WHERE outbox.id IN (SELECT id::uuid FROM jsonb_array_elements_text(head.log->'pending') AS given (id))) AS pending
  FROM unnest($1::text[]) AS asked (user_id) JOIN newest_broadcast newest ON newest.id = 1
    LEFT JOIN inbox_head head ON head.user_id = asked.user_id`

export interface Time {
  readonly now: Date
  readonly retentionMs: number
}

export async function readLogHead(pool: Pool | PoolClient, userId: string, time: Time): Promise<LogHead> {
  const head = (await readLogHeads(pool, [userId], time)).get(userId)
  if (head === undefined) throw new Error('the table newest_broadcast is empty')
  return head
}

export async function readLogHeads(
  pool: Pool | PoolClient,
  userIds: readonly string[],
  time: Time,
): Promise<ReadonlyMap<string, LogHead>> {
  const { rows } = await pool.query<Row>({ name: 'inbox-log-heads', text, values: [userIds] })
  return new Map(rows.map((row) => [row.userId, headOf(row, time)]))
}

/** Locks a head first, so that it is read as it is then. False: there is none. */
export async function lockInboxHead(client: PoolClient, userId: string): Promise<boolean> {
  const { rowCount } = await client.query({
    name: 'inbox-lock',
    text: 'SELECT FROM inbox_head WHERE user_id = $1 FOR UPDATE',
    values: [userId],
  })
  return rowCount === 1
}

export async function moveHead(
  client: PoolClient,
  userId: string,
  head: Pick<LogHead, 'seq' | 'unread' | 'removedSeq' | 'months'>,
  outboxId: string,
): Promise<void> {
  const months = head.months.map(({ month, firstSeq, ...n }) => [month, firstSeq, n.unread, n.hidden, n.archived])
  await client.query({
    name: 'move-inbox-log-head',
    text: `UPDATE inbox_head SET seq = $2, unread = $3, removed_seq = $4,
        log = jsonb_build_object('months', $5::jsonb, 'pending', inbox_log_pending(log) || to_jsonb($6::text))
      WHERE user_id = $1`,
    values: [userId, head.seq, head.unread, head.removedSeq, JSON.stringify(months), outboxId],
  })
}

function headOf(
  { seq, unread, removedSeq, got, newest: last, log, pending }: Row,
  { now, retentionMs }: Time,
): LogHead {
  const oldest = oldestMonth(now, retentionMs)
  const all = (log?.months ?? []).map(([month, firstSeq, counted, hidden, archived]) => {
    return { month, firstSeq, unread: counted, hidden, archived }
  })
  const months = all.filter(({ month }) => month >= oldest)
  const gone = all.filter(({ month }) => month < oldest)
  const [first] = months
  return {
    seq,
    unread: unread - gone.reduce((sum, each) => sum + each.unread, 0),
    removedSeq: gone.length === 0 ? removedSeq : Math.max(removedSeq, first === undefined ? seq : first.firstSeq - 1),
    behind: behindOf({ got, newest: last }),
    months,
    pending: (pending ?? []).flatMap((entries) => entries ?? []),
  }
}

/** What is pending, as it lies over what Cassandra has. */
export interface Overlay {
  /** By the sequence that they were added with. */
  readonly items: ReadonlyMap<number, { readonly month: Month; readonly item: InboxItem }>
  readonly states: ReadonlyMap<number, ItemState>
  readonly changes: readonly ItemChange[]
}

export interface ItemState extends Marks {
  readonly changedSeq: number
}

export interface ItemChange {
  readonly seq: number
  readonly createdSeq: number
  /** Of the item. */
  readonly month: Month
}

export function overlayOf(userId: string, pending: readonly InboxEntry[]): Overlay {
  const items = new Map<number, { month: Month; item: InboxItem }>()
  const states = new Map<number, ItemState>()
  const changes: ItemChange[] = []
  for (const entry of pending) {
    if (entry.kind === 'item') {
      items.set(entry.seq, { month: entry.month, item: itemOf(userId, entry) })
      continue
    }
    for (const [month, createdSeq, readAt, archivedAt] of entry.items) {
      changes.push({ seq: entry.seq, createdSeq, month })
      const state = { changedSeq: entry.seq, readAt: instant(readAt), archivedAt: instant(archivedAt) }
      states.set(createdSeq, newest(states.get(createdSeq), state) ?? state)
    }
  }
  return { items, states, changes }
}

/** The state that came later. */
export function newest(one: ItemState | undefined, other: ItemState | undefined): ItemState | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return one.changedSeq > other.changedSeq ? one : other
}

export function withState(item: InboxItem, state: ItemState | undefined): InboxItem {
  return state === undefined ? item : { ...item, ...state }
}

function itemOf(userId: string, { seq, item }: InboxEntry & { kind: 'item' }): InboxItem {
  return {
    userId,
    notificationId: item.notificationId,
    createdSeq: seq,
    changedSeq: seq,
    tier: item.tier,
    category: item.category,
    title: item.title,
    body: item.body,
    imageUrl: item.imageUrl ?? null,
    deepLink: item.deepLink ?? null,
    actions: item.actions,
    data: item.data ?? null,
    sentAt: new Date(item.sentAt),
    readAt: null,
    archivedAt: null,
  }
}

function instant(ms: number): Date | null {
  return ms === 0 ? null : new Date(ms)
}
