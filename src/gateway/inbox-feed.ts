import { log } from '../log.ts'
import type { InboxFeed } from '../schema/context.ts'
import type { Database } from '../store/database.ts'
import { readHeads } from '../store/inbox-heads.ts'
import { inboxChanged } from '../streams/messages.ts'
import type { Streams } from '../streams/streams.ts'
import { type InboxReader, inboxReader } from './inbox-reader.ts'

export interface LiveInboxFeed extends InboxFeed {
  /** Compares the heads of all connected viewers with PostgreSQL, and tells what was missed. */
  check(): Promise<void>
  /** Ends every subscription. */
  close(): void
}

const checkEveryMs = 30_000

interface Connected {
  readonly readers: Set<InboxReader>
  readonly stopListening: () => void
}

/** One NATS subscription for each connected viewer, whatever number of subscriptions she has here. */
export function openInboxFeed(streams: Streams, pool: Pick<Database['pool'], 'query'>): LiveInboxFeed {
  const viewers = new Map<string, Connected>()
  const closing = new AbortController()

  async function check(): Promise<void> {
    if (viewers.size === 0) return
    for (const { userId, seq, unread } of await readHeads(pool, [...viewers.keys()])) {
      for (const reader of viewers.get(userId)?.readers ?? []) reader.offer({ seq, unread })
    }
  }

  function checkAnyway(): void {
    check().catch((error) => log.warn({ err: error }, 'inbox heads could not be compared; trying again later'))
  }

  function connected(userId: string): Connected {
    const found = viewers.get(userId)
    if (found) return found
    const readers = new Set<InboxReader>()
    const stopListening = streams.listen(inboxChanged, userId, ({ userId: changed, ...change }) => {
      // The subject is a hash: another user's changes might come this way.
      if (changed === userId) for (const reader of readers) reader.offer(change)
    })
    const viewer = { readers, stopListening }
    viewers.set(userId, viewer)
    return viewer
  }

  async function checkAfterReconnects(): Promise<void> {
    const connection = await streams.connection
    checkAnyway()
    for await (const { type } of connection.status()) if (type === 'reconnect') checkAnyway()
  }

  const timer = setInterval(checkAnyway, checkEveryMs).unref()
  checkAfterReconnects().catch((error) => log.warn({ err: error }, 'the state of NATS is not known any more'))

  return {
    check,
    changes(userId, signal) {
      const viewer = connected(userId)
      const ending = AbortSignal.any([signal, closing.signal])
      const reader = inboxReader(() => {
        ending.removeEventListener('abort', reader.end)
        viewer.readers.delete(reader)
        if (viewer.readers.size > 0) return
        viewer.stopListening()
        viewers.delete(userId)
      })
      viewer.readers.add(reader)
      if (ending.aborted) reader.end()
      else ending.addEventListener('abort', reader.end, { once: true })
      return reader.changes
    },
    close() {
      clearInterval(timer)
      closing.abort()
    },
  }
}
