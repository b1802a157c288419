import type { InboxPosition, ItemAtChange } from '../domain/inbox-changes.ts'
import type { InboxMonth } from '../domain/log-months.ts'
import { type Cassandra, type CassandraRow, numberOf } from './cassandra.ts'
import type { InboxStores } from './cassandra-inbox.ts'
import { readItemsAt } from './cassandra-items.ts'
import type { OneChange } from './inbox-changes.ts'
import { type ItemChange, type LogHead, type Overlay, overlayOf, readLogHead, readLogHeads } from './inbox-log-head.ts'

/** Something that has happened: an item was added, where both sequences are the same, or one was changed. */
type Step = ItemChange

/**
 * See `readInboxChanges` of the engine. Undefined where something is missing between the first sequence and the last: an
 * inbox leaves out none.
 */
export async function readInboxChanges(
  { pool, cassandra, time }: InboxStores,
  userId: string,
  after: InboxPosition,
  upToSeq: number,
  limit: number,
): Promise<readonly ItemAtChange[] | undefined> {
  const head = await readLogHead(pool, userId, time())
  const overlay = overlayOf(userId, head.pending)
  const found: ItemAtChange[] = []
  let position = after
  for (;;) {
    const steps = await readSteps(cassandra, userId, head, overlay, position, upToSeq, limit)
    if (hasHole(steps, position.seq, steps.length < limit ? Math.min(upToSeq, head.seq) : undefined)) return undefined
    found.push(...(await asItems(cassandra, userId, steps, overlay)))
    const last = steps.at(-1)
    if (last === undefined || steps.length < limit || found.length >= limit) return found.slice(0, limit)
    position = last
  }
}

function hasHole(steps: readonly Step[], after: number, upTo: number | undefined): boolean {
  let known = after
  for (const { seq } of steps) {
    if (seq > known + 1) return true
    known = seq
  }
  return upTo !== undefined && known < upTo
}

async function readSteps(
  cassandra: Cassandra,
  userId: string,
  { months }: LogHead,
  overlay: Overlay,
  after: InboxPosition,
  upToSeq: number,
  limit: number,
): Promise<readonly Step[]> {
  const steps = new Map<string, Step>()
  const add = (step: Step) => {
    if (isBehind(step, after) && step.seq <= upToSeq) steps.set(`${step.seq} ${step.createdSeq}`, step)
  }
  for (const [seq, { month }] of overlay.items) add({ seq, createdSeq: seq, month })
  overlay.changes.forEach(add)
  let written = 0
  for (const [index, month] of months.entries()) {
    const end = months[index + 1]?.firstSeq ?? Number.MAX_SAFE_INTEGER
    if (end <= after.seq || month.firstSeq > upToSeq) continue
    const read = await readMonth(cassandra, userId, month, after, upToSeq, limit)
    read.forEach(add)
    written += read.length
    // All of this month come before any of the next.
    if (written >= limit) break
  }
  return [...steps.values()].sort((a, b) => a.seq - b.seq || a.createdSeq - b.createdSeq).slice(0, limit)
}

async function readMonth(
  cassandra: Cassandra,
  userId: string,
  { month }: InboxMonth,
  after: InboxPosition,
  upToSeq: number,
  limit: number,
): Promise<readonly Step[]> {
  const [added, changed] = await Promise.all([
    cassandra.rows(
      `SELECT created_seq FROM notification_log WHERE user_id = ? AND month = ? AND created_seq > ? AND created_seq <= ?
        ORDER BY created_seq ASC LIMIT ?`,
      [userId, month, after.seq, upToSeq, limit],
      limit,
    ),
    cassandra.rows(
      `SELECT seq, created_seq, item_month FROM inbox_change
        WHERE user_id = ? AND month = ? AND (seq, created_seq) > (?, ?) AND (seq) <= (?) LIMIT ?`,
      [userId, month, after.seq, after.createdSeq, upToSeq, limit],
      limit,
    ),
  ])
  const ofItem = (row: CassandraRow) => {
    const seq = numberOf(row['created_seq'])
    return { seq, createdSeq: seq, month }
  }
  return [...added.map(ofItem), ...changed.map(ofChange)]
    .sort((a, b) => a.seq - b.seq || a.createdSeq - b.createdSeq)
    .slice(0, limit)
}

/** With the items as they are now. A change that the item has had another one after is told by that one. */
async function asItems(
  cassandra: Cassandra,
  userId: string,
  steps: readonly Step[],
  overlay: Overlay,
): Promise<readonly ItemAtChange[]> {
  const items = await readItemsAt(cassandra, userId, steps, overlay)
  const bySeq = new Map(items.map((item) => [item.createdSeq, item]))
  return steps.flatMap(({ seq, createdSeq }): ItemAtChange[] => {
    const item = bySeq.get(createdSeq)
    const isNew = seq === createdSeq
    return item !== undefined && (isNew || item.changedSeq === seq) ? [{ seq, isNew, item }] : []
  })
}

function isBehind(step: Step, after: InboxPosition): boolean {
  if (step.seq === step.createdSeq) return step.seq > after.seq
  return step.seq > after.seq || (step.seq === after.seq && step.createdSeq > after.createdSeq)
}

/** What each of these changes, of as many inboxes, was made of: in their order. */
export async function readOneChangeEach(
  { pool, cassandra, time }: InboxStores,
  wanted: readonly OneChange[],
): Promise<readonly (readonly ItemAtChange[])[]> {
  const heads = await readLogHeads(pool, [...new Set(wanted.map(({ userId }) => userId))], time())
  return Promise.all(
    wanted.map(async ({ userId, seq }) => {
      const head = heads.get(userId)
      const month = head?.months.findLast(({ firstSeq }) => firstSeq <= seq)?.month
      if (head === undefined || month === undefined) return []
      const overlay = overlayOf(userId, head.pending)
      const [added] = await readItemsAt(cassandra, userId, [{ month, createdSeq: seq }], overlay)
      if (added !== undefined) return [{ seq, isNew: true, item: added }]
      const rows = await cassandra.rows(
        'SELECT seq, created_seq, item_month FROM inbox_change WHERE user_id = ? AND month = ? AND seq = ?',
        [userId, month, seq],
      )
      const pending = overlay.changes.filter((change) => change.seq === seq)
      const steps = new Map([...rows.map(ofChange), ...pending].map((step) => [step.createdSeq, step]))
      const ordered = [...steps.values()].sort((a, b) => a.createdSeq - b.createdSeq)
      return asItems(cassandra, userId, ordered, overlay)
    }),
  )
}

function ofChange(row: CassandraRow): Step {
  return {
    seq: numberOf(row['seq']),
    createdSeq: numberOf(row['created_seq']),
    month: numberOf(row['item_month']),
  }
}
