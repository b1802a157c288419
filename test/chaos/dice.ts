import { seededRandom } from '../../src/sandbox/faults.ts'

/** Randomness that is the same for the same seed. */
export interface Dice {
  /** A whole number from 0 up to, not including, `limit`. */
  below(limit: number): number
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number
  pick<T>(items: readonly [T, ...T[]]): T
  shuffled<T>(items: readonly T[]): T[]
}

export function dice(seed: number): Dice {
  const random = seededRandom(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  return {
    below,
    between: (low, high) => low + below(high - low + 1),
    pick: (items) => items[below(items.length)] ?? items[0],
    shuffled(items) {
      // Sorting by a number each: unlike a random comparison it favours no order.
      return items
        .map((item) => ({ item, at: random() }))
        .sort((left, right) => left.at - right.at)
        .map(({ item }) => item)
    },
  }
}
