export interface Endable<T> {
  readonly events: AsyncIterableIterator<T>
  /** Ends it from outside, after `last` where given; whoever waits for the next event gets it at once. */
  end(last?: T): void
}

/**
 * A subscription that can be ended while its reader waits for the next event: a generator that waits would hear of it only
 * after that event. `onEnd` is called once, however it ends.
 */
export function endable<T>(source: AsyncIterator<T>, onEnd: () => void): Endable<T> {
  let ended = false
  let last: T | undefined
  let waiting: PromiseWithResolvers<IteratorResult<T>> | undefined

  function finish(): void {
    if (ended) return
    ended = true
    onEnd()
    // Nobody waits for this: a source that hangs must not keep its reader.
    Promise.resolve(source.return?.()).catch(() => {})
  }

  function final(): IteratorResult<T> {
    const value = last
    last = undefined
    return value === undefined ? { done: true, value: undefined } : { done: false, value }
  }

  function settled(): void {
    waiting = undefined
  }

  const events: AsyncIterableIterator<T> = {
    [Symbol.asyncIterator]: () => events,
    next() {
      if (ended) return Promise.resolve(final())
      const next = Promise.withResolvers<IteratorResult<T>>()
      waiting = next
      source.next().then(
        (result) => {
          if (result.done) finish()
          settled()
          next.resolve(result)
        },
        (error) => {
          finish()
          settled()
          next.reject(error)
        },
      )
      return next.promise
    },
    return() {
      finish()
      waiting?.resolve({ done: true, value: undefined })
      return Promise.resolve({ done: true, value: undefined })
    },
  }

  return {
    events,
    end(value) {
      if (ended) return
      finish()
      last = value
      waiting?.resolve(final())
    },
  }
}
