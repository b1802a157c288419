import type { InboxQuery } from './generated/operations.ts'
import { afterEvent, firstPage, type InboxEvent, type InboxItem, type Loaded, toldOf, withOlder } from './loaded.ts'
import { afterAnswer, afterTold, isNeeded, type Mark, type MarkKind, newMark, underMarks } from './mark.ts'

/** What the server has told, and the marks that were made here and lie over it. */
export interface Store {
  /** Undefined until `begin`. */
  told(): Loaded | undefined
  /** The same under the marks. */
  shown(): Loaded | undefined
  /** From a query of the first page: forgets what was told before. */
  begin(page: InboxQuery): void
  /** Returns the item that is new with this event. */
  apply(event: InboxEvent): InboxItem | undefined
  /**
   * Adds the page of older items that a request resolves with. It may hold items as they were before events that were
   * told meanwhile, so those are applied to it again. After a new beginning it is of no use.
   */
  addOlder(request: (cursor: string) => Promise<InboxQuery>): Promise<void>
  put(kind: MarkKind, ids: Iterable<string>, at: string): Mark
  answered(mark: Mark): void
  /** Some seconds after the answer. */
  settled(mark: Mark): void
  takeBack(mark: Mark): void
}

/** Calls `changed` after each change. */
export function createStore(changed: () => void): Store {
  let loaded: Loaded | undefined
  let marks: readonly Mark[] = []
  let keys = 0
  /** While older items are on their way. */
  let meanwhile: InboxEvent[] | undefined

  function replace({ key }: Mark, next: (mark: Mark) => Mark): void {
    marks = marks.map((mark) => (mark.key === key ? next(mark) : mark)).filter(isNeeded)
    changed()
  }

  return {
    told: () => loaded,
    shown: () => loaded && underMarks(loaded, marks),
    begin(page) {
      loaded = firstPage(page)
      marks = marks.filter(({ stage }) => stage === 'sent')
      meanwhile = undefined
      changed()
    },
    apply(event) {
      if (loaded === undefined) return undefined
      const { items } = loaded
      const now = afterEvent(loaded, event)
      const told = toldOf(now, event)
      marks = marks.map((mark) => afterTold(mark, told, now)).filter(isNeeded)
      loaded = now
      meanwhile?.push(event)
      changed()
      if (event.__typename !== 'InboxItemAdded' || items.some(({ id }) => id === event.item.id)) return undefined
      return event.item
    },
    async addOlder(request) {
      if (!loaded?.olderCursor) return
      const events: InboxEvent[] = []
      meanwhile = events
      const page = await request(loaded.olderCursor)
      if (meanwhile !== events) return
      meanwhile = undefined
      loaded = events.reduce(afterEvent, withOlder(loaded, page))
      changed()
    },
    put(kind, ids, at) {
      keys += 1
      const mark = newMark(keys, kind, ids, at)
      marks = [...marks, mark]
      changed()
      return mark
    },
    answered: (mark) => replace(mark, (each) => (loaded ? afterAnswer(each, loaded) : each)),
    settled: (mark) => replace(mark, (each) => ({ ...each, stage: 'settled' })),
    takeBack({ key }) {
      marks = marks.filter((mark) => mark.key !== key)
      changed()
    },
  }
}
