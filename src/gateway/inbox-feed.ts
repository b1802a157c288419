import { log } from '../log.ts'
import type { InboxFeed } from '../schema/context.ts'
import type { Database } from '../store/database.ts'
import { readHeads as readHeadsOf } from '../store/inbox-heads.ts'
import { installationId } from '../store/installation.ts'
import type { InboxLog } from '../store/log-engine.ts'
import { inboxChanged } from '../streams/messages.ts'
import type { Streams } from '../streams/streams.ts'
import { awaited, type Batches, batched } from './batched.ts'
import { type InboxTail, inboxTail } from './inbox-tail.ts'

export interface LiveInboxFeed extends InboxFeed {
  /** Compares the heads of all connected viewers with PostgreSQL, and tells what was missed. */
  check(): Promise<void>
  /** Who is connected here. */
  viewers(): readonly string[]
  /** Ends every subscription. */
  close(): void
}

/** What is read of many inboxes at a time. */
export interface InboxReads {
  readHeads(userIds: readonly string[]): ReturnType<typeof readHeadsOf>
  readonly readOneChangeEach: InboxLog['readOneChangeEach']
}

const checkEveryMs = 30_000
const longestFlushMs = 1000
/** Inboxes of one read. */
const mostInboxes = 500

interface Connected {
  readonly tail: InboxTail
  readonly stopListening: () => void
}

/**
 * One NATS subscription and one follower for each connected viewer, whatever number of subscriptions she has here. What
 * one notification, or a storm of clients that connect again, has us read of many inboxes is read together.
 */
export function openInboxFeed(streams: Streams, database: Database, reads: Partial<InboxReads> = {}): LiveInboxFeed {
  const { readHeads, readOneChangeEach } = { ...readsOf(database), ...reads }
  const viewers = new Map<string, Connected>()
  // What NATS has delivered at once.
  const changes: Batches = { most: mostInboxes, gather: process.nextTick }
  const readChange = batched(changes, (wanted: Parameters<InboxReads['readOneChangeEach']>[0]) =>
    readOneChangeEach(wanted),
  )
  // What many sockets have asked for at once.
  const heads: Batches = { most: mostInboxes, gather: setImmediate }
  const readHead = awaited(
    batched(heads, async (userIds: readonly string[]) => {
      await subscribed(streams)
      return readHeads(userIds)
    }),
  )
  let isClosed = false

  async function check(): Promise<void> {
    const userIds = [...viewers.keys()]
    if (userIds.length === 0) return
    const heads = await readHeads(userIds)
    for (const [index, { seq, unread }] of heads.entries()) {
      viewers.get(userIds[index] ?? '')?.tail.offer({ seq, unread })
    }
  }

  function checkAnyway(): void {
    check().catch((error) => log.warn({ err: error }, 'inbox heads could not be compared; trying again later'))
  }

  function connected(userId: string): Connected {
    const found = viewers.get(userId)
    if (found) return found
    const tail = inboxTail({
      userId,
      database,
      readChange,
      onFailure: (error) => {
        forget(viewer, userId)
        for (const listener of [...tail.listeners]) listener.end(error)
      },
    })
    const stopListening = streams.listen(inboxChanged, userId, (change) => {
      // The subject is a hash: another user's changes might come this way.
      if (change.userId === userId) tail.offer(change)
    })
    const viewer = { tail, stopListening }
    viewers.set(userId, viewer)
    return viewer
  }

  function forget(viewer: Connected, userId: string): void {
    if (viewers.get(userId) !== viewer) return
    viewers.delete(userId)
    viewer.stopListening()
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
    viewers: () => [...viewers.keys()],
    async follow(userId, listener) {
      if (isClosed) {
        listener.end()
        return undefined
      }
      const { tail } = connected(userId)
      tail.listeners.add(listener)
      // It is listening before the head is read: no change can fall between the two.
      const [head, installation] = await Promise.all([readHead(userId), installationId(database)])
      tail.begin(installation, head)
      // Whoever comes later may know of more than those who are here: a signal can be lost.
      tail.offer({ seq: head.seq, unread: head.unread })
      return { head, installation }
    },
    unfollow(userId, listener) {
      const viewer = viewers.get(userId)
      if (viewer?.tail.listeners.delete(listener) && viewer.tail.listeners.size === 0) forget(viewer, userId)
    },
    close() {
      isClosed = true
      clearInterval(timer)
      for (const [userId, viewer] of viewers) {
        forget(viewer, userId)
        for (const listener of [...viewer.tail.listeners]) listener.end()
      }
    },
  }
}

function readsOf({ pool, log }: Database): InboxReads {
  return {
    readHeads: (userIds) => readHeadsOf(pool, userIds),
    readOneChangeEach: (wanted) => log.readOneChangeEach(wanted),
  }
}

/** Resolves when NATS knows of what we listen to; without NATS, soon: what is missed then is found by comparing heads. */
function subscribed({ connection }: Streams): Promise<unknown> {
  const { promise: given, resolve } = Promise.withResolvers<void>()
  const giveUp = setTimeout(resolve, longestFlushMs)
  const flushed = connection.then((made) => made.flush()).catch(() => {})
  return Promise.race([flushed, given]).finally(() => clearTimeout(giveUp))
}
