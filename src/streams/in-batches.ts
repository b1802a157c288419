export interface BatchLimits {
  /** How long what comes first waits for company. */
  readonly waitMs: number
  readonly most: number
}

/**
 * Works on what is handed in by many, together: one batch at a time, of whatever has come while the last one was worked
 * on. Each caller learns what came of the batch that its items were in.
 */
export function inBatches<T>(
  work: (items: readonly T[]) => Promise<void>,
  { waitMs, most }: BatchLimits,
): (items: readonly T[]) => Promise<void> {
  let waiting: Waiting<T>[] = []
  let running = false

  async function run(): Promise<void> {
    running = true
    await new Promise((resolve) => setTimeout(resolve, waitMs))
    while (waiting.length > 0) {
      const batch = takeBatch()
      const items = batch.flatMap((each) => each.items)
      try {
        await work(items)
        for (const { resolve } of batch) resolve()
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    running = false
  }

  /** Whole hand-ins, one at least. */
  function takeBatch(): readonly Waiting<T>[] {
    let count = 0
    const end = waiting.findIndex(({ items }, index) => {
      count += items.length
      return index > 0 && count > most
    })
    const batch = end < 0 ? waiting : waiting.slice(0, end)
    waiting = waiting.slice(batch.length)
    return batch
  }

  return (items) =>
    new Promise((resolve, reject) => {
      waiting.push({ items, resolve, reject })
      if (!running) void run()
    })
}

interface Waiting<T> {
  readonly items: readonly T[]
  resolve(): void
  reject(error: unknown): void
}
