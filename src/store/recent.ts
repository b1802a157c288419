/**
 * A map of what was used last: at least `count` entries, at most twice as many.
 *
 * Two generations, so that nothing is ever deleted from a Map: its iterator steps over every deleted entry, which makes
 * a Map that always loses its oldest one slow.
 */
export class Recent<K, V> {
  readonly #count: number
  #young = new Map<K, V>()
  #old: ReadonlyMap<K, V> = new Map()

  constructor(count: number) {
    this.#count = count
  }

  get(key: K): V | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) this.set(key, old)
    return old
  }

  set(key: K, value: V): void {
    if (this.#young.size >= this.#count && !this.#young.has(key)) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, value)
  }
}
