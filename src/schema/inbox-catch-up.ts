import { behind, type InboxPosition, inboxChanges } from '../domain/inbox-changes.ts'
import type { InboxHead, InboxItem } from '../domain/inbox-item.ts'
import type { Database } from '../store/database.ts'
import type { EventsCursor } from './events-cursor.ts'

interface Stamp {
  readonly userId: string
  readonly cursor: EventsCursor
  readonly unread: number
}

export type InboxEventShape = Stamp &
  (
    | { readonly kind: 'ready' }
    | { readonly kind: 'added'; readonly item: InboxItem }
    | { readonly kind: 'changed'; readonly items: readonly InboxItem[] }
    | { readonly kind: 'removed'; readonly itemIds: readonly string[] }
    | { readonly kind: 'allRead'; readonly before: Date }
    | { readonly kind: 'resync'; readonly reason: string }
  )

/** Whose inbox, and where it is. */
export interface InboxSource {
  readonly database: Database
  readonly installation: string
  readonly userId: string
}

/** How far a reader has come, and what the count was there if that is certain. */
export interface Followed {
  readonly position: InboxPosition
  readonly known: InboxHead | undefined
}

/** How many items are read, and kept until the reader has taken them: what most have missed is one read. */
const batchSize = 1000

export function stamp({ userId, installation }: InboxSource, position: InboxPosition, unread: number): Stamp {
  return { userId, unread, cursor: { installation, ...position } }
}

/**
 * The events from where a reader is up to a sequence, read batch by batch as he takes them. `newest` is the newest head that
 * is known. Returns where he is then.
 */
export async function* catchUp(
  source: InboxSource,
  from: Followed,
  upToSeq: number,
  newest: InboxHead,
): AsyncGenerator<InboxEventShape, Followed> {
  let { position, known } = from
  for (let isLast = false; !isLast; ) {
    const items = await source.database.log.readInboxChanges(source.userId, position, upToSeq, batchSize)
    if (items === undefined) {
      yield {
        kind: 'resync',
        reason: 'What happened cannot be told.',
        ...stamp(source, behind(upToSeq), newest.unread),
      }
      break
    }
    isLast = items.length < batchSize
    const batch = inboxChanges(items, known, newest)
    for (const { at, unread, ...change } of batch.changes) {
      yield { ...change, ...stamp(source, at, unread) }
      position = at
    }
    known = batch.known
  }
  return { position: behind(upToSeq), known: newest.seq === upToSeq ? newest : known }
}
