import type { Connection } from './connection.ts'
import { batchesOf } from './item-ids.ts'
import type { MarkKind } from './mark.ts'
import { openOutbox } from './outbox.ts'
import { sendMark } from './send-mark.ts'
import type { Session } from './session.ts'
import type { Store } from './store.ts'

export interface Marking {
  mark(kind: Exclude<MarkKind, 'allRead'>, ids: readonly string[]): Promise<void>
  markAllRead(): Promise<void>
  close(): void
}

/** Events of changes that were made before an answer arrive within this after it. */
const settleMs = 3000

/** Puts marks on items at once, sends them, and takes back what the server refuses. */
export function openMarking(store: Store, connection: Connection, session: Session): Marking {
  const send = openOutbox(session.live)
  const settling = new Set<ReturnType<typeof setTimeout>>()

  async function put(kind: MarkKind, ids: readonly string[], at: string): Promise<void> {
    const mark = store.put(kind, ids, at)
    try {
      await send(() => sendMark(connection, mark))
    } catch (error) {
      store.takeBack(mark)
      throw error
    }
    store.answered(mark)
    const timer = setTimeout(() => {
      settling.delete(timer)
      store.settled(mark)
    }, settleMs)
    settling.add(timer)
  }

  return {
    async mark(kind, ids) {
      const at = new Date().toISOString()
      await Promise.all(batchesOf(ids).map((batch) => put(kind, batch, at)))
    },
    async markAllRead() {
      if (store.told() === undefined) await session.live()
      const items = store.told()?.items ?? []
      if (items.length === 0) return
      const newest = Math.max(...items.map(({ sentAt }) => Date.parse(sentAt)))
      const ids = items.map(({ id }) => id)
      await put('allRead', ids, new Date(newest).toISOString())
    },
    close() {
      for (const timer of settling) clearTimeout(timer)
    },
  }
}
