import { failureOf } from './failure.ts'
import type { InboxErrorCode } from './inbox-error.ts'

/** Attempts that reached the server; while it cannot be reached there are none. */
const mostAttempts = 5

/** What a connection that breaks does to whatever runs over it. */
const broken: ReadonlySet<InboxErrorCode> = new Set(['OFFLINE', 'UNAUTHENTICATED', 'TOKEN_FAILED'])

/**
 * Sends one thing after the other, in the order in which they were given, so that the last word on an item is the last
 * one said. What a broken connection has interrupted is sent again: it has to be harmless to do it twice.
 */
export function openOutbox(live: () => Promise<void>): (send: () => Promise<void>) => Promise<void> {
  let last: Promise<void> = Promise.resolve()

  async function deliver(send: () => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      await live()
      try {
        return await send()
      } catch (error) {
        if (attempt === mostAttempts || !broken.has(failureOf(error).code)) throw error
      }
    }
  }

  return (send) => {
    const mine = last.then(() => deliver(send))
    last = mine.catch(() => {})
    return mine
  }
}
