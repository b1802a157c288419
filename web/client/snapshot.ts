import type { InboxError } from './inbox-error.ts'
import type { InboxItem, Loaded } from './loaded.ts'
import type { InboxState, SessionState } from './session.ts'

export interface InboxSnapshot {
  readonly state: InboxState
  /** Why it is `offline`, or in `error`. */
  readonly error: InboxError | null
  /** False until the first page is here: that there are no items means nothing yet. */
  readonly isLoaded: boolean
  /** Newest first, without archived ones. */
  readonly items: readonly InboxItem[]
  /** Exact, also where not all items are here. */
  readonly unreadCount: number
  /** With the option `categories`: how many are unread in each that has any. */
  readonly unreadByCategory: Readonly<Record<string, number>> | null
  /** There are older items: `loadMore()`. */
  readonly hasMore: boolean
  readonly isLoadingMore: boolean
}

/** What is to be seen. What has not changed is the same object as before. */
export function nextSnapshot(
  before: InboxSnapshot | undefined,
  { state, error }: SessionState,
  shown: Loaded | undefined,
  isLoadingMore: boolean,
): InboxSnapshot {
  const now: InboxSnapshot = {
    state,
    error,
    isLoaded: shown !== undefined,
    items: sameItems(before?.items ?? [], shown?.items.filter(({ archivedAt }) => archivedAt === null) ?? []),
    unreadCount: Math.max(shown?.unreadCount ?? 0, 0),
    unreadByCategory: sameCounts(before?.unreadByCategory, shown?.unreadByCategory && counts(shown.unreadByCategory)),
    hasMore: shown !== undefined && shown.olderCursor !== null,
    isLoadingMore,
  }
  return before && Object.entries(now).every(([key, value]) => Reflect.get(before, key) === value) ? before : now
}

function sameItems(before: readonly InboxItem[], now: readonly InboxItem[]): readonly InboxItem[] {
  return before.length === now.length && before.every((item, index) => item === now[index]) ? before : now
}

type Counts = Readonly<Record<string, number>>

function sameCounts(before: Counts | null | undefined, now: Counts | undefined): Counts | null {
  return before && JSON.stringify(before) === JSON.stringify(now) ? before : (now ?? null)
}

function counts(unread: NonNullable<Loaded['unreadByCategory']>): Counts {
  return Object.fromEntries(unread.filter(({ count }) => count > 0).map(({ category, count }) => [category, count]))
}
