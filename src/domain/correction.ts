import type { Counts } from './funnel.ts'
import type { FunnelStage } from './notification.ts'

/** The counts that change after the slices of a notification have closed: what providers tell later. */
export const correctedStages = [
  'sent',
  'delivered',
  'failed',
  'expired',
  'cancelled',
  'suppressed',
  'unknown',
] as const satisfies readonly (keyof Counts)[]

/** By how much, for each stage that changes. Negative: what we had counted there turned out to be something else. */
export type Correction = Readonly<Partial<Record<(typeof correctedStages)[number], number>>>

export function addCorrections(left: Correction, right: Correction): Correction {
  return Object.fromEntries(
    correctedStages.flatMap((stage) => {
      const sum = (left[stage] ?? 0) + (right[stage] ?? 0)
      return sum === 0 ? [] : [[stage, sum]]
    }),
  )
}

export function negative(correction: Correction): Correction {
  return Object.fromEntries(Object.entries(correction).map(([stage, count]) => [stage, -count]))
}

/** A funnel that was counted from pages and slices, with what providers have told since. */
export function correctedFunnel(funnel: readonly FunnelStage[], correction: Correction): readonly FunnelStage[] {
  const by: Readonly<Record<string, number>> = correction
  // What is told can be ahead of what is counted: a report may be here before the slice has closed.
  return funnel.map(({ stage, count }) => ({ stage, count: Math.max(0, count + (by[stage] ?? 0)) }))
}
