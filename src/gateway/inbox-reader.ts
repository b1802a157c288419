import type { InboxChangedBody } from '../streams/messages.ts'

export type InboxChange = Readonly<Omit<InboxChangedBody, 'userId'>>

export interface InboxReader {
  readonly changes: AsyncIterableIterator<InboxChange>
  offer(change: InboxChange): void
  end(): void
}

/** A reader who is further behind is told the newest head only: its event says what the ones before it did. */
const maxBehind = 256

/** What one subscription has yet to be told, in order of `seq`. */
export function inboxReader(onEnd: () => void): InboxReader {
  let behind: InboxChange[] = []
  let toldSeq = -1
  let ended = false
  let waiting: ((result: IteratorResult<InboxChange, undefined>) => void) | undefined

  function tell(): void {
    const change = behind[0]
    if (waiting === undefined || change === undefined) return
    behind = behind.slice(1)
    toldSeq = change.seq
    waiting({ done: false, value: change })
    waiting = undefined
  }

  function end(): void {
    if (ended) return
    ended = true
    waiting?.({ done: true, value: undefined })
    onEnd()
  }

  const changes: AsyncIterableIterator<InboxChange, undefined> = {
    [Symbol.asyncIterator]: () => changes,
    next: () =>
      new Promise((resolve) => {
        if (ended) return resolve({ done: true, value: undefined })
        waiting = resolve
        tell()
      }),
    async return() {
      end()
      return { done: true, value: undefined }
    },
  }

  return {
    changes,
    offer(change) {
      if (ended || change.seq <= toldSeq) return
      // Processes publish side by side, so a change may overtake the one before it; and one may be found twice.
      const at = behind.findLastIndex(({ seq }) => seq <= change.seq)
      if (behind[at]?.seq === change.seq) return
      behind = behind.length < maxBehind ? behind.toSpliced(at + 1, 0, change) : [newest(behind, change)]
      tell()
    },
    end,
  }
}

function newest(behind: readonly InboxChange[], change: InboxChange): InboxChange {
  return [...behind, change].reduce((last, each) => (each.seq > last.seq ? each : last))
}
