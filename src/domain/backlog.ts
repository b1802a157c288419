/** What a reader has yet to take, in order. It never holds more than `max`: who falls further behind is told only that. */
export interface Backlog<T> {
  push(value: T): void
  /** undefined: there is nothing. */
  take(): T | undefined
}

/**
 * `lost` makes what a reader gets in place of everything that did not fit, from the newest of it: once, however much that
 * was. What comes after it has been taken is told again.
 */
export function backlog<T>(max: number, lost: (newest: T) => T): Backlog<T> {
  let waiting: T[] = []
  let dropped: T | undefined
  return {
    push(value) {
      if (dropped === undefined && waiting.length < max) {
        waiting.push(value)
      } else {
        waiting = []
        dropped = value
      }
    },
    take() {
      if (dropped === undefined) return waiting.shift()
      const told = lost(dropped)
      dropped = undefined
      return told
    },
  }
}
