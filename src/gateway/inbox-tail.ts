import { behind, type ItemAtChange, inboxChanges } from '../domain/inbox-changes.ts'
import type { InboxHead } from '../domain/inbox-item.ts'
import type { InboxListener } from '../schema/context.ts'
import { catchUp, type Followed, type InboxEventShape, type InboxSource, stamp } from '../schema/inbox-catch-up.ts'
import type { OneChange } from '../store/inbox-changes.ts'
import type { InboxChangedBody } from '../streams/messages.ts'
import type { Ask } from './batched.ts'

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
  readonly readChange: Ask<OneChange, readonly ItemAtChange[]>
  /** Its changes could not be read: it is of no use any more. */
  readonly onFailure: (error: unknown) => void
}

/** Who is further behind is told the newest head only: what it changed is read from where the tail is. */
const maxBehind = 256

const none: readonly InboxChange[] = []

/*
 * The rows of the inbox are the events: a signal only says up to which sequence to read them. A signal that is late, lost
 * or doubled changes nothing but when an event comes.
 */
export function inboxTail({ userId, database, readChange, onFailure }: InboxTailSettings): InboxTail {
  const listeners = new Set<InboxListener>()
  let source: InboxSource | undefined
  let followed: Followed = { position: behind(0), known: undefined }
  let coming = none
  let reading = false

  function tell(event: InboxEventShape): void {
    for (const listener of listeners) listener.tell(event)
  }

  /** One after the other, so that they are told in order. */
  function readOn(from: InboxSource): void {
    while (!reading) {
      const [change, ...more] = coming
      if (change === undefined) return
      coming = more.length === 0 ? none : more
      const { seq } = followed.position
      if (change.seq <= seq) continue
      reading = true
      const isNext = change.seq === seq + 1
      if (change.allReadBefore !== undefined && isNext) tellAllRead(from, change, change.allReadBefore)
      else if (isNext) readNext(from, change)
      else {
        readMissed(from, change).then(
          () => goOn(from),
          (error: unknown) => onFailure(error),
        )
      }
    }
  }

  function goOn(from: InboxSource): void {
    reading = false
    if (coming.length > 0) readOn(from)
  }

  /** The rows of an "all read" may be as many as the inbox has: one event says it all. */
  function tellAllRead(from: InboxSource, { seq, unread }: InboxChange, before: string): void {
    moveTo({ seq, unread })
    tell({ kind: 'allRead', before: new Date(before), ...stamp(from, followed.position, unread) })
    reading = false
  }

  function readNext(from: InboxSource, { seq, unread }: InboxChange): void {
    readChange({ userId, seq }, (answer) => {
      if ('error' in answer) return onFailure(answer.error)
      // Others wait for the same read: what goes wrong here must not be theirs.
      try {
        tellItems(from, answer.value, { seq, unread })
        goOn(from)
      } catch (error) {
        onFailure(error)
      }
    })
  }

  function tellItems(from: InboxSource, items: readonly ItemAtChange[], head: InboxHead): void {
    moveTo(head)
    const [first, second] = items
    if (first?.isNew && second === undefined) {
      // What nearly every change is, without the general way of working out the counts.
      tell({ kind: 'added', item: first.item, ...stamp(from, followed.position, head.unread) })
      return
    }
    for (const { at, unread, ...change } of inboxChanges(items, undefined, head).changes) {
      tell({ ...change, ...stamp(from, at, unread) })
    }
  }

  async function readMissed(from: InboxSource, { seq, unread, allReadBefore }: InboxChange): Promise<void> {
    const upTo = allReadBefore === undefined ? seq : seq - 1
    const missed = catchUp(from, followed, upTo, { seq, unread })
    let next = await missed.next()
    for (; !next.done; next = await missed.next()) tell(next.value)
    followed = next.value
    if (allReadBefore !== undefined) tellAllRead(from, { seq, unread }, allReadBefore)
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
      readOn(source)
    },
    offer(change) {
      if (change.seq <= followed.position.seq) return
      coming = withChange(coming, change)
      if (source !== undefined && !reading) readOn(source)
    },
  }
}

/** Processes publish side by side, so a change may overtake the one before it; and one may be found twice. */
export function withChange(coming: readonly InboxChange[], change: InboxChange): readonly InboxChange[] {
  if (coming.length === 0) return [change]
  const at = coming.findLastIndex(({ seq }) => seq <= change.seq)
  if (coming[at]?.seq === change.seq) return coming
  return coming.length < maxBehind ? coming.toSpliced(at + 1, 0, change) : [newest(coming, change)]
}

function newest(coming: readonly InboxChange[], change: InboxChange): InboxChange {
  return coming.reduce((last, each) => (each.seq > last.seq ? each : last), change)
}
