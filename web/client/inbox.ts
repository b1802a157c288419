import { connect } from './connection.ts'
import { inboxEventsSubscription, inboxQuery } from './generated/operations.ts'
import type { InboxError } from './inbox-error.ts'
import { createListeners } from './listeners.ts'
import type { InboxItem } from './loaded.ts'
import { openMarking } from './marking.ts'
import { checkedOptions, type InboxOptions } from './options.ts'
import { changePreferences, type Preferences, type PreferencesChange, readPreferences } from './preferences.ts'
import { openSession, type SessionState } from './session.ts'
import { type InboxSnapshot, nextSnapshot } from './snapshot.ts'
import { createStore } from './store.ts'

/**
 * A user's inbox, live. Changes made here are seen at once and taken back when the server refuses them; while it cannot
 * be reached they are kept and sent later. Every promise rejects with an {@link InboxError} only.
 *
 * Nothing here needs `this`: `useSyncExternalStore(inbox.subscribe, inbox.getSnapshot)` in React, `$inbox` in Svelte.
 */
export interface Inbox {
  /** Calls `listener` now, and after every change. Returns what ends that. */
  subscribe(listener: (snapshot: InboxSnapshot) => void): () => void
  /** The same object until something changes. */
  getSnapshot(): InboxSnapshot
  /** Calls `listener` with each item that comes in, or has come in while we were away; not with those of the first page. */
  onAdded(listener: (item: InboxItem) => void): () => void
  /** The next page of older items, as soon as the server can be reached. */
  loadMore(): Promise<void>
  markRead(ids: readonly string[]): Promise<void>
  markUnread(ids: readonly string[]): Promise<void>
  archive(ids: readonly string[]): Promise<void>
  unarchive(ids: readonly string[]): Promise<void>
  /** Everything up to the newest item that is here: what somebody has not had the chance to see stays unread. */
  markAllRead(): Promise<void>
  preferences(): Promise<Preferences>
  updatePreferences(change: PreferencesChange): Promise<Preferences>
  /** Connects now rather than later, also after an error. */
  retry(): void
  close(): void
}

/** @throws InboxError `BAD_OPTIONS`, with every problem. */
export function createInbox(options: InboxOptions): Inbox {
  const settings = checkedOptions(options)
  const { pageSize, categories, retryDelayMs, token } = settings
  const connection = connect(settings)
  const listeners = createListeners<InboxSnapshot>()
  const added = createListeners<InboxItem>()
  const store = createStore(changed)
  let state: SessionState = { state: 'connecting', error: null }
  let isStale = true
  let older: Promise<void> | undefined
  let snapshot = nextSnapshot(undefined, state, undefined, false)

  function changed(): void {
    const next = nextSnapshot(snapshot, state, store.shown(), older !== undefined)
    if (next === snapshot) return
    snapshot = next
    listeners.tell(snapshot)
  }

  async function follow(signal: AbortSignal, onLive: () => void): Promise<void> {
    if (isStale) {
      const first = Math.min(Math.max(pageSize, snapshot.items.length), 100)
      store.begin(await connection.ask(inboxQuery, { first, categories }))
      isStale = false
    }
    const lost = new AbortController()
    const following = AbortSignal.any([signal, lost.signal])
    const after = store.told()?.eventsCursor
    await connection
      .follow(inboxEventsSubscription, { after, categories }, following, ({ inboxEvents: event }) => {
        if (following.aborted) return
        if (event.__typename === 'InboxResync') {
          isStale = true
          return lost.abort()
        }
        const item = store.apply(event)
        if (item) added.tell(item)
        if (event.__typename === 'InboxReady') onLive()
      })
      .catch((error: InboxError) => {
        // A cursor that the server does not understand any more is of no use: it is begun afresh.
        if (error.code === 'BAD_INPUT') isStale = true
        throw error
      })
  }

  const session = openSession({
    follow,
    retryDelayMs,
    canRenew: typeof token === 'function',
    drop: connection.drop,
    tell(now) {
      state = now
      changed()
    },
  })
  const marking = openMarking(store, connection, session)

  async function loadOlder(): Promise<void> {
    try {
      await session.live()
      await store.addOlder((after) => connection.ask(inboxQuery, { first: pageSize, after, categories: false }))
    } finally {
      older = undefined
      changed()
    }
  }

  return {
    subscribe(listener) {
      const stop = listeners.add(listener)
      listener(snapshot)
      return stop
    },
    getSnapshot: () => snapshot,
    onAdded: added.add,
    loadMore() {
      if (older) return older
      older = loadOlder()
      changed()
      return older
    },
    markRead: (ids) => marking.mark('read', ids),
    markUnread: (ids) => marking.mark('unread', ids),
    archive: (ids) => marking.mark('archived', ids),
    unarchive: (ids) => marking.mark('unarchived', ids),
    markAllRead: marking.markAllRead,
    preferences: () => readPreferences(connection),
    updatePreferences: (change) => changePreferences(connection, change),
    retry: session.retry,
    close() {
      session.close()
      connection.close()
      marking.close()
    },
  }
}
