/** Asks for one thing; what is asked for together is read together. */
export type Ask<K, V> = (key: K, answered: Answered<V>) => void

/** No promise: thousands ask at a time. */
export type Answered<V> = (answer: { readonly value: V } | { readonly error: unknown }) => void

export interface Batches {
  /** Of one read. */
  readonly most: number
  /** Calls back when what is together has come: at the end of what is being done, or of a turn of the event loop. */
  readonly gather: (readNow: () => void) => void
}

/** @param read answers every key, in the order of the keys */
export function batched<K, V>(
  { most, gather }: Batches,
  read: (keys: readonly K[]) => Promise<readonly V[]>,
): Ask<K, V> {
  let keys: K[] = []
  let waiting: Answered<V>[] = []

  function readNow(): void {
    const [all, answered] = [keys, waiting]
    keys = []
    waiting = []
    for (let at = 0; at < all.length; at += most) readPart(all.slice(at, at + most), answered.slice(at, at + most))
  }

  function readPart(part: readonly K[], answered: readonly Answered<V>[]): void {
    read(part).then(
      (values) => {
        for (let n = 0; n < answered.length; n++) {
          const value = values[n]
          answered[n]?.(value === undefined ? { error: new Error('A batch was answered in part only.') } : { value })
        }
      },
      (error: unknown) => {
        for (const each of answered) each({ error })
      },
    )
  }

  return (key, answered) => {
    waiting.push(answered)
    if (keys.push(key) === 1) gather(readNow)
  }
}

/** The same, to be awaited. */
export function awaited<K, V>(ask: Ask<K, V>): (key: K) => Promise<V> {
  return (key) =>
    new Promise((resolve, reject) => {
      ask(key, (answer) => ('value' in answer ? resolve(answer.value) : reject(answer.error)))
    })
}
