import type { ExecutionResult } from 'graphql'
import { openSubscriptions } from '../metrics.ts'
import type { InboxEventShape } from '../schema/inbox-catch-up.ts'
import type { InboxStream } from '../schema/inbox-stream.ts'
import type { Asker } from './operations.ts'
import { publicError } from './public-error.ts'
import { type ResultOf, signedInSubscription, watchCredentials } from './signed-in-subscription.ts'

/** A subscription whose results may be sent as they are, as JSON text, in place of being iterated. */
export interface LiveSubscription extends AsyncIterableIterator<ExecutionResult> {
  /** Begins to send to the sink. Returns what stops it. */
  sendTo(sink: Sink): () => void
}

export interface Sink {
  /** It takes no more now: it will call `whenTaken` when it does. */
  isFull(): boolean
  whenTaken(goOn: () => void): void
  send(result: string): void
  /** Everything has been sent. */
  end(): void
}

export type TextOf = (event: InboxEventShape) => string | Promise<string>

/** Results are made when their reader takes them: what he does not take stays in the stream, which is bounded. */
export function liveSubscription(
  asker: Asker,
  stream: InboxStream,
  resultOf: ResultOf,
  textOf: TextOf,
): LiveSubscription {
  let iterated: AsyncIterableIterator<ExecutionResult> | undefined
  const iterating = () => {
    iterated ??= signedInSubscription(asker, stream, resultOf)
    return iterated
  }
  return {
    next: () => iterating().next(),
    return: async () => {
      if (iterated?.return) return iterated.return()
      stream.leave()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
    sendTo: (sink) => sendAll(asker, stream, textOf, sink),
  }
}

function sendAll(asker: Asker, stream: InboxStream, textOf: TextOf, sink: Sink): () => void {
  let over = false
  let busy = false

  function stop(): void {
    if (over) return
    over = true
    openSubscriptions.dec()
    stopWatching()
    stream.leave()
  }

  function goOn(): void {
    busy = false
    sendOn()
  }

  function sendOn(): void {
    if (busy || over) return
    try {
      for (;;) {
        if (sink.isFull()) {
          busy = true
          sink.whenTaken(goOn)
          return
        }
        const event = stream.take()
        if (event === undefined) {
          if (stream.isOver) finish()
          return
        }
        const text = textOf(event)
        if (typeof text === 'string') {
          sink.send(text)
          continue
        }
        busy = true
        text.then((made) => {
          if (!over) sink.send(made)
          goOn()
        }, fail)
        return
      }
    } catch (error) {
      fail(error)
    }
  }

  function finish(): void {
    if (over) return
    stop()
    sink.end()
  }

  /** A source that fails has a last event that says so. */
  function fail(error: unknown): void {
    if (over) return
    sink.send(JSON.stringify({ data: null, errors: [publicError(error)] }))
    finish()
  }

  openSubscriptions.inc()
  const stopWatching = watchCredentials(asker, () => {
    finish()
    asker.onSignedOut?.()
  })
  stream.onReady = sendOn
  sendOn()
  return stop
}
