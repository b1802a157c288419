/** What the index needs to know of a row. */
export interface Indexed {
  readonly atMs: number
  readonly provider: string
  readonly channel: string
  readonly to: string
  readonly recipientId: string | null
  readonly notificationId: string | null
}

export interface Filter {
  readonly provider?: string | undefined
  readonly channel?: string | undefined
  readonly to?: string | undefined
  readonly recipientId?: string | undefined
  readonly notificationId?: string | undefined
  /** Rows accepted at this moment or later. */
  readonly sinceMs?: number | undefined
  /** The oldest so many of what the rest lets through. */
  readonly limit?: number | undefined
}

/** Where each row of the ledger stands in its file, and which rows belong to whom: numbers only, content stays on disk. */
export class LedgerIndex {
  readonly #starts: number[] = []
  readonly #ends: number[] = []
  readonly #ats: number[] = []
  readonly #kinds: string[] = []
  // Interned: a million rows share the few pairs of provider and channel.
  readonly #kindNames = new Map<string, string>()
  readonly #byAddress = new Chains()
  readonly #byRecipient = new Chains()
  readonly #byNotification = new Chains()

  get size(): number {
    return this.#starts.length
  }

  get lastAtMs(): number {
    return this.#ats.at(-1) ?? 0
  }

  /** Bytes `[start, end)` of a row's line, without its newline. */
  place(row: number): { readonly start: number; readonly end: number } {
    return { start: this.#starts[row] ?? 0, end: this.#ends[row] ?? 0 }
  }

  add(row: Indexed, start: number, end: number): number {
    const number = this.size
    const kind = `${row.provider} ${row.channel}`
    const interned = this.#kindNames.get(kind) ?? kind
    this.#kindNames.set(interned, interned)
    this.#starts.push(start)
    this.#ends.push(end)
    this.#ats.push(row.atMs)
    this.#kinds.push(interned)
    this.#byAddress.add(row.to, number)
    this.#byRecipient.add(row.recipientId, number)
    this.#byNotification.add(row.notificationId, number)
    return number
  }

  /** Row numbers, oldest first. */
  find(filter: Filter): readonly number[] {
    const from = filter.sinceMs === undefined ? 0 : this.#firstSince(filter.sinceMs)
    const kinds = new Set([...this.#kindNames.keys()].filter((kind) => matches(kind, filter)))
    const anyKind = kinds.size === this.#kindNames.size
    const limit = filter.limit ?? Number.POSITIVE_INFINITY
    const found: number[] = []
    for (const row of this.#candidates(filter, from)) {
      if (found.length >= limit) break
      if (anyKind || kinds.has(this.#kinds[row] ?? '')) found.push(row)
    }
    return found
  }

  #candidates({ to, recipientId, notificationId }: Filter, from: number): Iterable<number> {
    const lists = [
      ...(to === undefined ? [] : [this.#byAddress.rows(to, from)]),
      ...(recipientId === undefined ? [] : [this.#byRecipient.rows(recipientId, from)]),
      ...(notificationId === undefined ? [] : [this.#byNotification.rows(notificationId, from)]),
    ]
    const [first, ...others] = lists
    if (first === undefined) return range(from, this.size)
    return others.reduce((common, rows) => {
      const also = new Set(rows)
      return common.filter((row) => also.has(row))
    }, first)
  }

  /** Binary search: the ledger never stamps a row earlier than the one before it. */
  #firstSince(ms: number): number {
    let [low, high] = [0, this.size]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#ats[middle] ?? 0) < ms) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** For each key its rows, as a list linked backwards: one number a row, however many keys there are. */
class Chains {
  readonly #last = new Map<string, number>()
  readonly #previous: number[] = []

  add(key: string | null, row: number): void {
    this.#previous[row] = key === null ? -1 : (this.#last.get(key) ?? -1)
    if (key !== null) this.#last.set(key, row)
  }

  rows(key: string, from: number): readonly number[] {
    const found: number[] = []
    for (let row = this.#last.get(key) ?? -1; row >= from; row = this.#previous[row] ?? -1) found.push(row)
    return found.reverse()
  }
}

function* range(from: number, to: number): Iterable<number> {
  for (let number = from; number < to; number++) yield number
}

function matches(kind: string, filter: Filter): boolean {
  const [provider, channel] = kind.split(' ')
  return (
    (filter.provider === undefined || filter.provider === provider) &&
    (filter.channel === undefined || filter.channel === channel)
  )
}
