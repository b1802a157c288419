import type { ExecutionResult } from 'graphql'
import { openSubscriptions } from '../metrics.ts'
import { endable } from './endable.ts'
import type { Asker } from './operations.ts'
import { publicError } from './public-error.ts'
import { publicResult } from './public-result.ts'
import { unauthenticated } from './refusal.ts'

/** A revoked key stops getting events within this. */
const checkEveryMs = 1000

/** Beyond this (24 days) setTimeout fires at once; no socket lives as long. */
const longestTimerMs = 2 ** 31 - 1

/** What the operation makes of an event of its source. */
export type ResultOf = (event: unknown) => Promise<ExecutionResult> | ExecutionResult

/** The results of a subscription, which ends when its reader leaves, and when its reader's credentials end. */
export function signedInSubscription(
  asker: Asker,
  source: AsyncIterable<unknown>,
  resultOf: ResultOf,
): AsyncIterableIterator<ExecutionResult> {
  openSubscriptions.inc()
  const subscription = endable(publicEvents(source[Symbol.asyncIterator](), resultOf), () => {
    openSubscriptions.dec()
    stopWatching()
  })
  const stopWatching = watchCredentials(asker, () => {
    if (asker.onSignedOut) {
      subscription.end()
      asker.onSignedOut()
    } else {
      subscription.end({ errors: [unauthenticated('Your credentials have ended: sign in again.')] })
    }
  })
  return subscription.events
}

/** Calls back once, when the credentials end. Returns what stops it. */
export function watchCredentials({ principal, signedIn }: Asker, onEnded: () => void): () => void {
  if (principal.kind === 'viewer' && principal.expiresAt) {
    const leftMs = principal.expiresAt.getTime() - Date.now()
    if (leftMs > longestTimerMs) return () => {}
    const timer = setTimeout(onEnded, Math.max(leftMs, 0))
    return () => clearTimeout(timer)
  }
  if (principal.kind !== 'caller') return () => {}
  const timer = setInterval(async () => {
    if (!(await signedIn())) onEnded()
  }, checkEveryMs)
  return () => clearInterval(timer)
}

/** Results with errors that a caller may see. A source that fails has one for that, and then ends. */
function publicEvents(source: AsyncIterator<unknown>, resultOf: ResultOf): AsyncIterator<ExecutionResult> {
  let failed = false
  return {
    async next() {
      if (failed) return { done: true, value: undefined }
      try {
        const { done, value } = await source.next()
        return done ? { done: true, value: undefined } : { done: false, value: publicResult(await resultOf(value)) }
      } catch (error) {
        failed = true
        return { done: false, value: { errors: [publicError(error)] } }
      }
    },
    async return() {
      await source.return?.()
      return { done: true, value: undefined }
    },
  }
}
