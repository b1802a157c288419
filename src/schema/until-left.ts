/**
 * The events of a generator, which is told by a signal that its reader has left: while it waits for something, `return`
 * alone would not reach it.
 */
export function untilLeft<T>(
  start: (left: AbortSignal) => AsyncGenerator<T, undefined>,
): AsyncIterableIterator<T, undefined> {
  const leaving = new AbortController()
  const events = start(leaving.signal)
  return {
    next: () => events.next(),
    return() {
      leaving.abort()
      return events.return(undefined)
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
