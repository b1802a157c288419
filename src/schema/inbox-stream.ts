import { behind } from '../domain/inbox-changes.ts'
import type { StoredHead } from '../store/inbox.ts'
import { installationId } from '../store/installation.ts'
import type { App } from './context.ts'
import type { EventsCursor } from './events-cursor.ts'
import { catchUp, type Followed, type InboxEventShape, type InboxSource, stamp } from './inbox-catch-up.ts'
import { untilLeft } from './until-left.ts'

const longestFlushMs = 1000

/**
 * The events of an inbox: "ready" first, then what was missed after the cursor, then what happens, until the reader leaves.
 *
 * The rows of the inbox are the events: a signal only says up to which sequence to read them. A signal that is late, lost
 * or doubled changes nothing but when an event comes.
 */
export function inboxStream(
  app: App,
  userId: string,
  after: EventsCursor | undefined,
): AsyncIterableIterator<InboxEventShape> {
  return untilLeft((left) => follow(app, userId, after, left))
}

async function* follow(
  { database, inboxFeed, streams }: App,
  userId: string,
  after: EventsCursor | undefined,
  left: AbortSignal,
): AsyncGenerator<InboxEventShape, undefined> {
  const ending = new AbortController()
  left.addEventListener('abort', () => ending.abort(), { once: true })
  const feed = inboxFeed.changes(userId, ending.signal)[Symbol.asyncIterator]()
  try {
    // The feed is listening before the head is read: no change can fall between the two.
    const first = feed.next()
    first.catch(() => {})
    await subscribed(streams)
    const [head, installation] = await Promise.all([database.log.readInboxHead(userId), installationId(database)])
    const source: InboxSource = { database, installation, userId }
    let followed: Followed = { position: behind(head.seq), known: head }

    yield { kind: 'ready', ...stamp(source, followed.position, head.unread), ...(after && { cursor: after }) }
    const reason = after && whyLost(after, installation, head)
    if (reason) yield { kind: 'resync', reason, ...stamp(source, followed.position, head.unread) }
    else if (after) followed = yield* catchUp(source, { position: after, known: undefined }, head.seq, head)

    for (let coming = await first; !coming.done; coming = await feed.next()) {
      const { seq, unread, allReadBefore } = coming.value
      if (seq <= followed.position.seq) continue
      if (allReadBefore === undefined) {
        followed = yield* catchUp(source, followed, seq, { seq, unread })
      } else {
        // The rows of an "all read" may be as many as the inbox has: one event says it all.
        if (seq > followed.position.seq + 1) followed = yield* catchUp(source, followed, seq - 1, { seq, unread })
        followed = { position: behind(seq), known: { seq, unread } }
        yield { kind: 'allRead', before: new Date(allReadBefore), ...stamp(source, followed.position, unread) }
      }
    }
    return undefined
  } finally {
    ending.abort()
  }
}

/** Resolves when NATS knows of what we listen to; without NATS, soon: what is missed then is found by the feed. */
function subscribed({ connection }: App['streams']): Promise<unknown> {
  const giveUp = AbortSignal.timeout(longestFlushMs)
  const given = new Promise((resolve) => giveUp.addEventListener('abort', resolve, { once: true }))
  const flushed = connection.then((made) => made.flush()).catch(() => {})
  return Promise.race([flushed, given])
}

/** Why nothing can be continued from a cursor; undefined: it can. */
function whyLost(after: EventsCursor, installation: string, head: StoredHead): string | undefined {
  if (after.installation !== installation || after.seq > head.seq) return 'The cursor is of another installation.'
  if (after.seq < head.removedSeq) return 'The cursor is too old: items have been removed since.'
  return undefined
}
