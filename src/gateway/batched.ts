/** Asks for one thing; what is asked for in one turn of the event loop is read together. */
export type Ask<K, V> = (key: K) => Promise<V>

/** @param read answers every key, in the order of the keys: `most` of them at a time */
export function batched<K, V>(most: number, read: (keys: readonly K[]) => Promise<readonly V[]>): Ask<K, V> {
  let asked: { readonly key: K; resolve(value: V | PromiseLike<V>): void; reject(error: unknown): void }[] = []

  function readNow(): void {
    const all = asked
    asked = []
    for (let at = 0; at < all.length; at += most) {
      const part = all.slice(at, at + most)
      read(part.map(({ key }) => key)).then(
        (values) => {
          for (const [index, { resolve, reject }] of part.entries()) {
            const value = values[index]
            if (value === undefined) reject(new Error('A batch was answered in part only.'))
            else resolve(value)
          }
        },
        (error: unknown) => {
          for (const { reject } of part) reject(error)
        },
      )
    }
  }

  return (key) =>
    new Promise((resolve, reject) => {
      if (asked.push({ key, resolve, reject }) === 1) setImmediate(readNow)
    })
}
