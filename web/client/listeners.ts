export interface Listeners<Value> {
  add(listener: (value: Value) => void): () => void
  tell(value: Value): void
}

/** A listener that throws is reported as any uncaught error, and keeps nothing from the others. */
export function createListeners<Value>(): Listeners<Value> {
  const listeners = new Set<{ readonly tell: (value: Value) => void }>()
  return {
    add(tell) {
      // The same function may be added twice, and removed once.
      const own = { tell }
      listeners.add(own)
      return () => void listeners.delete(own)
    },
    tell(value) {
      for (const each of listeners) {
        try {
          each.tell(value)
        } catch (error) {
          queueMicrotask(() => {
            throw error
          })
        }
      }
    },
  }
}
