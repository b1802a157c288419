import { backlog } from '../domain/backlog.ts'
import { behind } from '../domain/inbox-changes.ts'
import type { StoredHead } from '../store/inbox.ts'
import type { App, FollowedInbox, InboxListener } from './context.ts'
import type { EventsCursor } from './events-cursor.ts'
import { catchUp, type InboxEventShape, type InboxSource, stamp } from './inbox-catch-up.ts'

/** Live events of somebody who takes no more are kept up to this many; then one "resync" takes their place. */
const maxBehind = 256

/** What was missed is read on when there are fewer than so many events to take. */
const enoughAhead = 64

const tooSlow = 'You were too slow to be told everything.'

/**
 * The events of an inbox: "ready" first, then what was missed after the cursor, then what happens, until the reader leaves.
 *
 * There are thousands of them at a time, mostly idle: they take events with `take` where that is possible, and hold no
 * promise while they wait. Others iterate.
 */
export class InboxStream implements AsyncIterableIterator<InboxEventShape, undefined>, InboxListener {
  /** Called when `take` has something to give, after it had nothing. */
  onReady: () => void = () => {}

  readonly #app: Pick<App, 'database' | 'inboxFeed'>
  readonly #userId: string
  readonly #after: EventsCursor | undefined
  /** What comes before the live events. */
  #first: InboxEventShape[] = []
  #live = backlog<InboxEventShape>(maxBehind, asResync)
  #state: 'new' | 'starting' | 'live' | 'over' = 'new'
  /** Live events up to this sequence have been told in another way. */
  #fromSeq = 0
  #error: unknown
  #wantsMore: (() => void) | undefined
  #waiting: PromiseWithResolvers<IteratorResult<InboxEventShape, undefined>> | undefined

  constructor(app: Pick<App, 'database' | 'inboxFeed'>, userId: string, after: EventsCursor | undefined) {
    this.#app = app
    this.#userId = userId
    this.#after = after
  }

  /** The next event; undefined: there is none now, or ever ({@link isOver}). Throws what has gone wrong, once. */
  take(): InboxEventShape | undefined {
    if (this.#state === 'new') void this.#start()
    const event = this.#first.shift() ?? (this.#state === 'starting' ? undefined : this.#takeLive())
    if (this.#first.length < enoughAhead) this.#wantsMore?.()
    if (event === undefined && this.#error !== undefined) {
      const error = this.#error
      this.#error = undefined
      throw error
    }
    return event
  }

  /** There is nothing more to take. */
  get isOver(): boolean {
    return this.#state === 'over'
  }

  leave(): void {
    if (this.#state === 'over') return
    this.#first = []
    this.#live = backlog<InboxEventShape>(0, asResync)
    this.end()
  }

  tell(event: InboxEventShape): void {
    if (this.#state === 'over') return
    this.#live.push(event)
    if (this.#state === 'live') this.#ready()
  }

  end(error?: unknown): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#error = error
    this.#app.inboxFeed.unfollow(this.#userId, this)
    this.#wantsMore?.()
    this.#ready()
  }

  next(): Promise<IteratorResult<InboxEventShape, undefined>> {
    this.#waiting = Promise.withResolvers()
    const { promise } = this.#waiting
    this.#answer()
    return promise
  }

  return(): Promise<IteratorResult<InboxEventShape, undefined>> {
    this.leave()
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async #start(): Promise<void> {
    this.#state = 'starting'
    try {
      const followed = await this.#app.inboxFeed.follow(this.#userId, this)
      if (followed === undefined) return
      for await (const event of this.#beginning(followed)) {
        if (this.isOver) return
        this.#first.push(event)
        this.#ready()
        if (this.#first.length >= enoughAhead) await this.#room()
      }
      this.#fromSeq = followed.head.seq
      if (this.#state === 'starting') this.#state = 'live'
      this.#ready()
    } catch (error) {
      this.end(error)
    }
  }

  async *#beginning({ head, installation }: FollowedInbox): AsyncGenerator<InboxEventShape, void> {
    const source: InboxSource = { database: this.#app.database, installation, userId: this.#userId }
    const here = stamp(source, behind(head.seq), head.unread)
    const after = this.#after
    yield { kind: 'ready', ...here, ...(after && { cursor: after }) }
    const reason = after && whyLost(after, installation, head)
    if (reason) yield { kind: 'resync', reason, ...here }
    else if (after) yield* catchUp(source, { position: after, known: undefined }, head.seq, head)
  }

  /** Resolves when there are few events left to take. */
  #room(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wantsMore = () => {
      this.#wantsMore = undefined
      resolve()
    }
    return promise
  }

  #takeLive(): InboxEventShape | undefined {
    for (let event = this.#live.take(); event !== undefined; event = this.#live.take()) {
      if (event.cursor.seq > this.#fromSeq) return event
    }
    return undefined
  }

  #ready(): void {
    if (this.#waiting) this.#answer()
    else this.onReady()
  }

  /** Gives the one who waits what there is. */
  #answer(): void {
    const waiting = this.#waiting
    try {
      const value = this.take()
      if (value === undefined && !this.isOver) return
      this.#waiting = undefined
      waiting?.resolve(value === undefined ? { done: true, value } : { done: false, value })
    } catch (error) {
      this.#waiting = undefined
      waiting?.reject(error)
    }
  }
}

function asResync({ userId, cursor, unread }: InboxEventShape): InboxEventShape {
  return { kind: 'resync', reason: tooSlow, userId, cursor, unread }
}

/** Why nothing can be continued from a cursor; undefined: it can. */
function whyLost(after: EventsCursor, installation: string, head: StoredHead): string | undefined {
  if (after.installation !== installation || after.seq > head.seq) return 'The cursor is of another installation.'
  if (after.seq < head.removedSeq) return 'The cursor is too old: items have been removed since.'
  return undefined
}
