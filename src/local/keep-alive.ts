import { setTimeout as pause } from 'node:timers/promises'
import type { Say } from './say.ts'

/** One life of a process that is watched. */
export interface Life {
  readonly pid: number
  /** Resolves with how it ended, as words for a person. */
  readonly ended: Promise<string>
  stop(): Promise<void>
}

export interface KeptAlive {
  /** The process id of the present life, or of the last one while a new one is being started. */
  pid(): number
  /** How often it was started again. */
  restarts(): number
  /** Ends the process and the watching. */
  stop(): Promise<void>
}

/**
 * Starts a process and, whenever it dies, starts it again: after 0.1 s at first, 5 s at most.
 *
 * Rejects when the first start fails; later ones are tried for ever. A `start` whose signal is aborted stops what it
 * has started, and rejects.
 */
export async function keepAlive(
  name: string,
  start: (signal: AbortSignal) => Promise<Life>,
  say: Say,
): Promise<KeptAlive> {
  const stopping = new AbortController()
  let life = await start(stopping.signal)
  let bornAt = performance.now()
  let delayMs = 50
  let restarts = 0
  const watching = watch()

  async function watch(): Promise<void> {
    for (;;) {
      const how = await life.ended
      if (stopping.signal.aborted) return
      // One that dies again and again is not started in a tight loop.
      delayMs = performance.now() - bornAt > 10_000 ? 100 : Math.min(delayMs * 2, 5_000)
      say(`${name} has died (${how}): starting it again`)
      const next = await startAgain()
      if (next === undefined) return
      life = next
      bornAt = performance.now()
      restarts++
      if (stopping.signal.aborted) return
    }
  }

  async function startAgain(): Promise<Life | undefined> {
    for (;;) {
      await pause(delayMs, undefined, { signal: stopping.signal }).catch(() => undefined)
      if (stopping.signal.aborted) return undefined
      try {
        return await start(stopping.signal)
      } catch (error) {
        if (stopping.signal.aborted) return undefined
        delayMs = Math.min(delayMs * 2, 5_000)
        say(`${name} does not start: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
  }

  return {
    pid: () => life.pid,
    restarts: () => restarts,
    stop: async () => {
      stopping.abort()
      await Promise.all([life.stop(), watching])
      // The watch may have brought up one more in the moment that `stop` was called.
      await life.stop()
    },
  }
}
