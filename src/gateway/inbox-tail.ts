import { behind, type ItemAtChange, inboxChanges } from '../domain/inbox-changes.ts'
import type { InboxHead } from '../domain/inbox-item.ts'
import type { InboxListener } from '../schema/context.ts'
import { catchUp, type Followed, type InboxEventShape, type InboxSource, stamp } from '../schema/inbox-catch-up.ts'
import type { InboxChangedBody } from '../streams/messages.ts'

export type InboxChange = Readonly<Omit<InboxChangedBody, 'userId'>>

/** Follows the inbox of one viewer for all who listen: each change is read once. */
export interface InboxTail {
  readonly listeners: Set<InboxListener>
  /** Where to begin: the first head that is known. Later ones change nothing. */
  begin(installation: string, head: InboxHead): void
  /** There is a change, or a newer head. May come late, twice, or in any order. */
  offer(change: InboxChange): void
}

export interface InboxTailSettings {
  readonly userId: string
  readonly database: InboxSource['database']
  /** What one change of an inbox was made of. */
  readonly readChange: (change: { readonly userId: string; readonly seq: number }) => Promise<readonly ItemAtChange[]>
  /** Its changes could not be read: it is of no use any more. */
  readonly onFailure: (error: unknown) => void
}

/** Who is further behind is told the newest head only: what it changed is read from where the tail is. */
const maxBehind = 256

/*
 * The rows of the inbox are the events: a signal only says up to which sequence to read them. A signal that is late, lost
 * or doubled changes nothing but when an event comes.
 */
export function inboxTail({ userId, database, readChange, onFailure }: InboxTailSettings): InboxTail {
  const listeners = new Set<InboxListener>()
  let source: InboxSource | undefined
  let followed: Followed = { position: behind(0), known: undefined }
  let coming: readonly InboxChange[] = []
  let reading = false

  function tell(event: InboxEventShape): void {
    for (const listener of listeners) listener.tell(event)
  }

  /** One after the other, so that they are told in order. */
  async function readOn(from: InboxSource): Promise<void> {
    reading = true
    try {
      for (let [change] = coming; change !== undefined; [change] = coming) {
        coming = coming.slice(1)
        if (change.seq > followed.position.seq) await follow(from, change)
      }
    } catch (error) {
      onFailure(error)
    } finally {
      reading = false
    }
  }

  async function follow(from: InboxSource, { seq, unread, allReadBefore }: InboxChange): Promise<void> {
    const isNext = seq === followed.position.seq + 1
    if (allReadBefore !== undefined) {
      // The rows of an "all read" may be as many as the inbox has: one event says it all.
      if (!isNext) await readUpTo(from, seq - 1, { seq, unread })
      moveTo({ seq, unread })
      tell({ kind: 'allRead', before: new Date(allReadBefore), ...stamp(from, followed.position, unread) })
    } else if (isNext) {
      const { changes } = inboxChanges(await readChange({ userId, seq }), followed.known, { seq, unread })
      for (const { at, unread: after, ...change } of changes) tell({ ...change, ...stamp(from, at, after) })
      moveTo({ seq, unread })
    } else {
      await readUpTo(from, seq, { seq, unread })
    }
  }

  async function readUpTo(from: InboxSource, seq: number, newest: InboxHead): Promise<void> {
    const missed = catchUp(from, followed, seq, newest)
    let next = await missed.next()
    for (; !next.done; next = await missed.next()) tell(next.value)
    followed = next.value
  }

  function moveTo(head: InboxHead): void {
    followed = { position: behind(head.seq), known: head }
  }

  return {
    listeners,
    begin(installation, head) {
      if (source !== undefined) return
      source = { database, installation, userId }
      moveTo(head)
      if (coming.length > 0) void readOn(source)
    },
    offer(change) {
      if (change.seq <= followed.position.seq) return
      coming = withChange(coming, change)
      if (source !== undefined && !reading) void readOn(source)
    },
  }
}

/** Processes publish side by side, so a change may overtake the one before it; and one may be found twice. */
export function withChange(coming: readonly InboxChange[], change: InboxChange): readonly InboxChange[] {
  const at = coming.findLastIndex(({ seq }) => seq <= change.seq)
  if (coming[at]?.seq === change.seq) return coming
  return coming.length < maxBehind ? coming.toSpliced(at + 1, 0, change) : [newest(coming, change)]
}

function newest(coming: readonly InboxChange[], change: InboxChange): InboxChange {
  return coming.reduce((last, each) => (each.seq > last.seq ? each : last), change)
}
