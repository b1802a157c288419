import type { Tier } from './words.ts'

/** What is given up while deliveries that matter more are late, the last first. */
export const sheddingLevels = ['NONE', 'MARKETING_PAUSED', 'SOCIAL_SLOWED'] as const
export type SheddingLevel = (typeof sheddingLevels)[number]

export interface Shedding {
  readonly level: SheddingLevel
  /** When it came to that. */
  readonly sinceMs: number
  /** Since when nothing has been late; null: something is, or nearly so. */
  readonly calmSinceMs: number | null
}

/** How late the work of a tier is, against how late it may be. */
export interface Lateness {
  readonly tier: UrgentTier
  readonly oldestMs: number
  readonly objectiveMs: number
}

/** Those for whom others give way. */
export const urgentTiers = ['TRANSACTIONAL', 'SOCIAL'] as const satisfies readonly Tier[]
export type UrgentTier = (typeof urgentTiers)[number]

/** The most that is given up for a tier: nothing of its own. */
const mostFor: Record<UrgentTier, SheddingLevel> = { TRANSACTIONAL: 'SOCIAL_SLOWED', SOCIAL: 'MARKETING_PAUSED' }

/** Pausing marketing gets this long to show, before social is slowed; and it takes as long a calm to go one level down. */
function stepMs(objectiveMs: number): number {
  return 2 * objectiveMs
}

export function noShedding(nowMs: number): Shedding {
  return { level: 'NONE', sinceMs: nowMs, calmSinceMs: null }
}

/**
 * The next level, at most one up or down: up when the oldest is older than the objective, down when it has been younger than
 * half of it for a while. Between the two nothing changes, so that what pausing has won does not end it.
 */
export function nextShedding(before: Shedding, { tier, oldestMs, objectiveMs }: Lateness, nowMs: number): Shedding {
  const calmSinceMs = oldestMs < objectiveMs / 2 ? (before.calmSinceMs ?? nowMs) : null
  if (oldestMs > objectiveMs) {
    const isMost = before.level === mostFor[tier]
    const mayRise = !isMost && (before.level === 'NONE' || nowMs - before.sinceMs >= stepMs(objectiveMs))
    return mayRise ? moved(before, 1, nowMs) : { ...before, calmSinceMs }
  }
  const isCalm = calmSinceMs !== null && nowMs - Math.max(calmSinceMs, before.sinceMs) >= stepMs(objectiveMs)
  return isCalm ? moved({ ...before, calmSinceMs }, -1, nowMs) : { ...before, calmSinceMs }
}

function moved(before: Shedding, by: 1 | -1, nowMs: number): Shedding {
  const level = sheddingLevels[sheddingLevels.indexOf(before.level) + by]
  if (level === undefined) return before
  return { level, sinceMs: nowMs, calmSinceMs: by === 1 ? null : before.calmSinceMs }
}

/** The one that gives up most. */
export function mostShed(levels: readonly SheddingLevel[]): SheddingLevel {
  return sheddingLevels.findLast((level) => levels.includes(level)) ?? 'NONE'
}

/** How much of its concurrency a tier uses: 0 takes nothing. */
export function shareOf(tier: Tier, level: SheddingLevel): 0 | 0.5 | 1 {
  if (level === 'NONE' || tier === 'TRANSACTIONAL') return 1
  if (tier === 'MARKETING') return 0
  return level === 'SOCIAL_SLOWED' ? 0.5 : 1
}

/** When to try again what is shed now: not before a calm can have passed, and not everybody at once. `random`: 0 to 1. */
export function retryAfterMs(objectiveMs: number, random: number): number {
  return Math.round(stepMs(objectiveMs) * (1 + random / 2))
}
