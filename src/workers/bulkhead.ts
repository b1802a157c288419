/** Places for calls under way to one provider, so that one that is slow cannot take up all that a lane has. */
export interface Bulkhead {
  /** Nothing comes back, and there is no place for more. */
  isStuck(now: number): boolean
  /** Takes one, after a moment's wait where they turn over; false: none came free. */
  take(now: number): boolean | Promise<boolean>
  /** Gives it back. */
  give(): void
  /** The provider has said something. */
  answered(now: number): void
}

/**
 * So long without a single answer, a provider gets only a few calls more: it may hang, and each call that hangs holds up
 * the slice that it is of, and so a lane that other providers share.
 */
const silenceMs = 500

export function openBulkhead(places: number, placesInSilence: number, patienceMs: number): Bulkhead {
  const waiting: ((has: boolean) => void)[] = []
  let taken = 0
  let heardAt = 0

  function isSilent(now: number): boolean {
    return taken > 0 && now - heardAt > silenceMs
  }

  function hasPlace(now: number): boolean {
    return taken < (isSilent(now) ? Math.min(places, placesInSilence) : places)
  }

  function wait(): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (has: boolean) => {
        clearTimeout(timer)
        resolve(has)
      }
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(end), 1)
        resolve(false)
      }, patienceMs)
      waiting.push(end)
    })
  }

  return {
    isStuck: (now) => isSilent(now) && !hasPlace(now),
    take(now) {
      if (!hasPlace(now)) return isSilent(now) ? false : wait()
      if (taken === 0) heardAt = now
      taken += 1
      return true
    },
    give() {
      const next = waiting.shift()
      // The place goes from hand to hand.
      if (next !== undefined) next(true)
      else taken -= 1
    },
    answered(now) {
      heardAt = now
    },
  }
}
