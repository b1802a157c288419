import { connect } from './connection.ts'
import { inboxEventsSubscription, inboxQuery } from './generated/operations.ts'
import type { InboxError } from './inbox-error.ts'
import { batchesOf } from './item-ids.ts'
import { createListeners } from './listeners.ts'
import type { InboxItem } from './loaded.ts'
import type { Mark, MarkKind } from './mark.ts'
import { checkedOptions, type InboxOptions } from './options.ts'
import { openOutbox } from './outbox.ts'
import { changePreferences, type Preferences, type PreferencesChange, readPreferences } from './preferences.ts'
import { sendMark } from './send-mark.ts'
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

/** Events of changes that were made before an answer arrive within this after it. */
const settleMs = 3000

/** @throws InboxError `BAD_OPTIONS`, with every problem. */
export function createInbox(options: InboxOptions): Inbox {
  const settings = checkedOptions(options)
  const { pageSize, categories, retryDelayMs, token } = settings
  const connection = connect(settings)
  const listeners = createListeners<InboxSnapshot>()
  const added = createListeners<InboxItem>()
  const store = createStore(changed)
  let state: SessionState = { state: 'connecting', error: null }
  const settling = new Set<ReturnType<typeof setTimeout>>()
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
  const send = openOutbox(session.live)

  async function put(kind: MarkKind, ids: readonly string[], at: string): Promise<void> {
    const mark: Mark = store.put(kind, ids, at)
    try {
      await send(() => sendMark(connection, mark))
      store.answered(mark)
      const timer = setTimeout(() => {
        settling.delete(timer)
        store.settled(mark)
      }, settleMs)
      settling.add(timer)
    } catch (error) {
      store.takeBack(mark)
      throw error
    }
  }

  async function putOn(kind: MarkKind, ids: readonly string[]): Promise<void> {
    const at = new Date().toISOString()
    await Promise.all(batchesOf(ids).map((batch) => put(kind, batch, at)))
  }

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
    markRead: (ids) => putOn('read', ids),
    markUnread: (ids) => putOn('unread', ids),
    archive: (ids) => putOn('archived', ids),
    unarchive: (ids) => putOn('unarchived', ids),
    async markAllRead() {
      const items = store.told()?.items ?? []
      const [newest] = items
      if (newest)
        await put(
          'allRead',
          items.map(({ id }) => id),
          newest.sentAt,
        )
    },
    preferences: () => readPreferences(connection),
    updatePreferences: (change) => changePreferences(connection, change),
    retry: session.retry,
    close() {
      session.close()
      connection.close()
      for (const timer of settling) clearTimeout(timer)
    },
  }
}
