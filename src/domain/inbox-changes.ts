import type { InboxHead, InboxItem } from './inbox-item.ts'

/**
 * How far somebody has followed an inbox: up to an item of a change. Items of one change are in the order in which they
 * were added.
 */
export interface InboxPosition {
  readonly seq: number
  readonly createdSeq: number
}

/** After everything that has happened up to a sequence. */
export function behind(seq: number): InboxPosition {
  return { seq, createdSeq: seq }
}

/** An item at the change with this sequence: it was added by it, or it is one of those that it changed. */
export interface ItemAtChange {
  readonly seq: number
  readonly isNew: boolean
  /** As it is now: a later change may be in it already. */
  readonly item: InboxItem
}

interface Counted {
  readonly at: InboxPosition
  readonly unread: number
}
export type InboxChange =
  | (Counted & { readonly kind: 'added'; readonly item: InboxItem })
  | (Counted & { readonly kind: 'changed'; readonly items: readonly InboxItem[] })

export interface InboxChanges {
  readonly changes: readonly InboxChange[]
  /** The last head among them whose count is certain. */
  readonly known: InboxHead | undefined
}

/** How many items one change tells of: as many as a viewer can name in one mutation. */
const maxItems = 100

/**
 * The changes that these items, in order, went through, each with the count of unread items after it.
 *
 * Two counts are known: at `from`, before the first of them, and at `to`, not before the last of them. An item is always
 * added unread, so counts are exact along every unbroken run of added items from either end; where nothing is certain, the
 * newest count stands in.
 */
export function inboxChanges(items: readonly ItemAtChange[], from: InboxHead | undefined, to: InboxHead): InboxChanges {
  const groups = groupBySeq(items)
  const forward = countForward(groups, from)
  const backward = countBackward(groups, to)
  const certain = groups.map((_group, index) => forward[index] ?? backward[index])
  const last = groups.at(-1)
  const lastCount = certain.at(-1)
  return {
    changes: groups.flatMap((group, index) => changesOf(group, certain[index] ?? to.unread)),
    known: last && lastCount !== undefined ? { seq: last.seq, unread: lastCount } : undefined,
  }
}

interface Group {
  readonly seq: number
  readonly isNew: boolean
  readonly items: InboxItem[]
}

function groupBySeq(items: readonly ItemAtChange[]): readonly Group[] {
  const groups: Group[] = []
  for (const { seq, isNew, item } of items) {
    const last = groups.at(-1)
    if (last?.seq === seq) last.items.push(item)
    else groups.push({ seq, isNew, items: [item] })
  }
  return groups
}

function countForward(groups: readonly Group[], from: InboxHead | undefined): readonly (number | undefined)[] {
  let known = from
  return groups.map(({ seq, isNew }) => {
    // The rest of a change whose first items have been told of already.
    if (known?.seq === seq) return known.unread
    known = known && isNew && known.seq + 1 === seq ? { seq, unread: known.unread + 1 } : undefined
    return known?.unread
  })
}

function countBackward(groups: readonly Group[], to: InboxHead): readonly (number | undefined)[] {
  let known: InboxHead | undefined = to
  return groups
    .toReversed()
    .map(({ seq, isNew }) => {
      const count = known?.seq === seq ? known.unread : undefined
      known = count !== undefined && isNew ? { seq: seq - 1, unread: count - 1 } : undefined
      return count
    })
    .toReversed()
}

function changesOf({ seq, isNew, items }: Group, unread: number): readonly InboxChange[] {
  if (isNew) return items.map((item) => ({ kind: 'added', at: behind(seq), unread, item }))
  return Array.from({ length: Math.ceil(items.length / maxItems) }, (_, index) => {
    const part = items.slice(index * maxItems, (index + 1) * maxItems)
    return { kind: 'changed', at: { seq, createdSeq: part.at(-1)?.createdSeq ?? seq }, unread, items: part }
  })
}
