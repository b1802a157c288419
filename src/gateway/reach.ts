import { Lru } from '../store/lru.ts'

/** How far users have been brought up to date with broadcasts, as this process knows. */
export interface Reach {
  /** The newest broadcast that is known of. */
  newest(): number
  /** There is one of this number. */
  heard(number: number): void
  /** Whether there may be something for him, up to this number. */
  lacks(userId: string, upTo: number): boolean
  /** Up to which number he has been brought. */
  of(userId: string): number
  /** Up to this number he has what is meant for him. */
  moved(userId: string, upTo: number): void
}

/** Of the others it is not known: they are simply looked after again. */
const keptUsers = 100_000

export function openReach(): Reach {
  const reached = new Lru<string, number>(keptUsers)
  let newest = 0
  return {
    newest: () => newest,
    heard(number) {
      newest = Math.max(newest, number)
    },
    of: (userId) => reached.get(userId) ?? 0,
    lacks(userId, upTo) {
      newest = Math.max(newest, upTo)
      return upTo > (reached.get(userId) ?? 0)
    },
    moved(userId, upTo) {
      reached.set(userId, Math.max(upTo, reached.get(userId) ?? 0))
    },
  }
}
