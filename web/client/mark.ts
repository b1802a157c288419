import type { InboxItem, Loaded } from './loaded.ts'

export type MarkKind = 'read' | 'unread' | 'archived' | 'unarchived' | 'allRead'

/**
 * - `sent`: nobody knows yet what becomes of it.
 * - `answered`: it is done; the event that tells of it may still be behind events that tell of older changes.
 * - `settled`: it was done long enough ago that whatever is told is newer.
 */
export type MarkStage = 'sent' | 'answered' | 'settled'

/** A change that was made here. It is seen at once, and lies over what the server tells until that tells of it too. */
export interface Mark {
  readonly key: number
  readonly kind: MarkKind
  readonly ids: ReadonlySet<string>
  /** When it was made, RFC 3339; of `allRead`, what was sent until then. */
  readonly at: string
  readonly stage: MarkStage
  /** Items of which the server has told since. */
  readonly told: ReadonlySet<string>
  /** Items that were then as this mark wants them. */
  readonly met: ReadonlySet<string>
}

export function newMark(key: number, kind: MarkKind, ids: Iterable<string>, at: string): Mark {
  return { key, kind, ids: new Set(ids), at, stage: 'sent', told: new Set(), met: new Set() }
}

/** After the server has told how these items are. */
export function afterTold(mark: Mark, ids: readonly string[], loaded: Loaded): Mark {
  const told = mark.told.union(new Set(ids))
  return { ...mark, told, met: mark.met.union(met(mark, loaded).intersection(told)) }
}

export function afterAnswer(mark: Mark, loaded: Loaded): Mark {
  return { ...mark, stage: 'answered', met: mark.met.union(met(mark, loaded)) }
}

/** Whether it lies over anything still. */
export function isNeeded({ ids, stage, told, met }: Mark): boolean {
  if (stage === 'sent') return true
  return !ids.isSubsetOf(stage === 'answered' ? met : met.union(told))
}

/** Those that are as it wants them, and those that are not here. */
function met(mark: Mark, { items }: Loaded): ReadonlySet<string> {
  const unmet = items.filter((item) => marked(item, mark) !== item).map(({ id }) => id)
  return mark.ids.difference(new Set(unmet))
}

/** What a viewer sees: what the server has told, under the marks, the newest mark on top. */
export function underMarks(loaded: Loaded, marks: readonly Mark[]): Loaded {
  if (marks.length === 0) return loaded
  const items = loaded.items.map((item) => marks.reduce(marked, item))
  const changes = loaded.items.flatMap((item, index) => {
    const by = unread(items[index]) - unread(item)
    return by === 0 ? [] : [{ category: item.category, by }]
  })
  const isAllRead = marks.some(({ kind }) => kind === 'allRead')
  return {
    ...loaded,
    items,
    // What is not loaded is older than what is, so that "all read" has left nothing unread there.
    unreadCount: isAllRead
      ? items.reduce((sum, item) => sum + unread(item), 0)
      : loaded.unreadCount + changes.reduce((sum, { by }) => sum + by, 0),
    unreadByCategory: loaded.unreadByCategory?.map(({ category, count }) => ({
      category,
      count: isAllRead
        ? items.reduce((sum, item) => sum + (item.category === category ? unread(item) : 0), 0)
        : changes.reduce((sum, change) => sum + (change.category === category ? change.by : 0), count),
    })),
  }
}

/** The item itself where the mark changes nothing, or lies over it no more. */
function marked(item: InboxItem, { kind, ids, at, stage, told, met }: Mark): InboxItem {
  const isOver = (stage !== 'sent' && met.has(item.id)) || (stage === 'settled' && told.has(item.id))
  if (!ids.has(item.id) || isOver) return item
  switch (kind) {
    case 'read':
    case 'allRead':
      return item.readAt === null ? { ...item, readAt: at } : item
    case 'unread':
      return item.readAt === null ? item : { ...item, readAt: null }
    case 'archived':
      return item.archivedAt === null ? { ...item, archivedAt: at } : item
    case 'unarchived':
      return item.archivedAt === null ? item : { ...item, archivedAt: null }
  }
}

function unread(item: InboxItem | undefined): number {
  return item && item.readAt === null && item.archivedAt === null ? 1 : 0
}
