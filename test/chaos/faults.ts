import { setTimeout as pause } from 'node:timers/promises'
import { type PlannedFault, told } from './plan.ts'
import { play } from './play.ts'
import type { Stage } from './stage.ts'

export interface Played {
  readonly played: number
  /** Those that this machine does not let us play. */
  readonly notPlayed: readonly string[]
}

/** Lets each fault of a plan begin at its time; resolves when the last one is over. */
export async function playAll(
  stage: Stage,
  plan: readonly PlannedFault[],
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<Played> {
  const begun = performance.now()
  const notPlayed: string[] = []
  const all = plan.map(async (fault) => {
    await pause(Math.max(0, fault.atMs - (performance.now() - begun)), undefined, { signal })
    say(told(fault))
    const isPlayed = await play(stage, fault)
    if (!isPlayed) {
      notPlayed.push(told(fault).trim())
      say(`NOT PLAYED here: ${told(fault).trim()}`)
    }
  })
  const results = await Promise.allSettled(all)
  const failed = results.find((result) => result.status === 'rejected')
  if (failed !== undefined && !signal.aborted) throw failed.reason
  return { played: plan.length - notPlayed.length, notPlayed }
}
