import { setTimeout as sleep } from 'node:timers/promises'
import { leaseSize } from '../domain/lease-size.ts'
import type { Tier } from '../domain/words.ts'
import type { Pacing } from '../store/pacing.ts'

/** Hands out the tokens of one account to the calls of one tier in this process. */
export interface Pacer {
  /**
   * True: the call may be made. Otherwise milliseconds, once it is known: 0, it may be made now; else it cannot be made
   * within `patienceMs`, and its turn is likely to come after so long.
   */
  turn(now: number): true | Promise<number>
}

interface Waiting {
  readonly until: number
  end(inMs: number): void
}

/** What has been taken and not used by then is let go: a process that has nothing to do hoards nothing. */
const leaseMs = 1000
/** Tokens that come one by one are fetched a few at a time. */
const pauseMs = 20
/** A rate that has been lowered rises again: nobody is sent away for longer. */
const longestMs = 30_000
const jitterMs = 100

export function openPacer(
  pacing: Pacing,
  tier: Tier,
  patienceMs: number,
  now: () => number,
  random: () => number,
): Pacer {
  let tokens = 0
  let lease = { granted: 1, at: -leaseMs }
  let waiting: readonly Waiting[] = []
  /** When the last of those sent away comes back. */
  let lastTurnAt = 0

  /** For one whom so many others precede. */
  function turnInMs(ahead: number): number {
    return (ahead * 1000) / pacing.perSecondOf(tier)
  }

  /** Each is sent away until a time of its own, at the pace: a backlog comes back one by one. */
  function sendAway(ahead: number): number {
    const present = now()
    const turnAt = Math.max(lastTurnAt + turnInMs(1), present + turnInMs(ahead))
    // Beyond that nobody keeps a place.
    if (turnAt - present > longestMs) return longestMs * (1 - random() / 2)
    lastTurnAt = turnAt
    return Math.max(patienceMs, turnAt - present) + random() * jitterMs
  }

  async function fetchTokens(): Promise<void> {
    while (waiting.length > 0) {
      const most = Math.max(1, Math.floor(pacing.perSecondOf(tier) / 20))
      const size = leaseSize(lease.granted, tokens, now() - lease.at, most)
      const { granted, retryInMs } = await pacing.lease(tier, Math.max(size, waiting.length))
      tokens = granted
      if (granted > 0) lease = { granted, at: now() }
      serve(retryInMs)
      if (waiting.length > 0) await sleep(Math.max(retryInMs, granted > 0 ? pauseMs : 0))
    }
  }

  function serve(retryInMs: number): void {
    const [served, left] = [waiting.slice(0, tokens), waiting.slice(tokens)]
    tokens -= served.length
    for (const each of served) each.end(0)
    const present = now()
    waiting = left.filter((each, index) => {
      const isInTime = present + retryInMs + turnInMs(index) <= each.until
      if (!isInTime) each.end(sendAway(index))
      return isInTime
    })
  }

  return {
    turn(present) {
      if (pacing.perSecond() === Infinity) return true
      if (tokens > 0 && waiting.length === 0 && present - lease.at < leaseMs) {
        tokens -= 1
        return true
      }
      const ahead = waiting.length
      if (turnInMs(ahead) > patienceMs) return Promise.resolve(sendAway(ahead))
      return new Promise((resolve) => {
        waiting = [...waiting, { until: present + patienceMs, end: resolve }]
        if (ahead === 0) void fetchTokens()
      })
    },
  }
}
