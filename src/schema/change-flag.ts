import { setTimeout as sleep } from 'node:timers/promises'

/** At most one event in this time, so that a campaign does not flood its spectators. */
const atMostEveryMs = 1000
/** A signal can be lost: then the change is seen this much later. */
const lookAgainMs = 10_000

/** Remembers that something has changed until somebody asks. */
export function changeFlag(left: AbortSignal) {
  let waking = new AbortController()
  return {
    raise: () => waking.abort(),
    /**
     * Resolves when something has changed since the last time, or after a while all the same, but not sooner than in a
     * second; at once where nobody waits for it any more.
     */
    async next(): Promise<void> {
      await Promise.all([woken(), pause(atMostEveryMs, left)])
    },
  }

  async function woken(): Promise<void> {
    await pause(lookAgainMs, AbortSignal.any([left, waking.signal]))
    // Not later: what changes from now on is seen next time.
    waking = new AbortController()
  }
}

/** Waits, unless the signal says that nobody waits for it any more. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { signal }).catch(() => undefined)
}
