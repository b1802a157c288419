import type { Notification } from './notification.ts'
import { type Channel, providerChannels, type Tier } from './words.ts'

/** At most `limit` deliveries to one recipient within any `perSeconds`. */
export interface FrequencyCap {
  readonly tier: Tier
  /** null: all of the tier together. */
  readonly category: string | null
  readonly channel: Channel
  readonly limit: number
  readonly perSeconds: number
}

/** The caps in force, and what has been counted against them for one recipient. */
export interface Frequency {
  readonly caps: readonly FrequencyCap[]
  /** By key of the cap: her deliveries within the last `perSeconds`. What is missing is none. */
  readonly counts: ReadonlyMap<string, number>
}

export const uncapped: Frequency = { caps: [], counts: new Map() }

/** In force until somebody sets others. */
export const defaultFrequencyCaps: readonly FrequencyCap[] = providerChannels.map((channel) => ({
  tier: 'MARKETING',
  category: null,
  channel,
  limit: 5,
  perSeconds: 24 * 3600,
}))

/** The same as long as what is counted is the same: a changed limit goes on with the old count. */
export function capKey({ tier, category, channel, perSeconds }: Omit<FrequencyCap, 'limit'>): string {
  return `${tier}~${channel}~${perSeconds}~${category ?? ''}`
}

/** The caps that a delivery counts against. TRANSACTIONAL has none, whatever is set. */
export function capsOn(
  caps: readonly FrequencyCap[],
  { tier, category }: Pick<Notification, 'tier' | 'category'>,
  channel: Channel,
): readonly FrequencyCap[] {
  if (tier === 'TRANSACTIONAL') return []
  return caps.filter(
    (cap) => cap.tier === tier && cap.channel === channel && (cap.category === null || cap.category === category),
  )
}

/** Whether one more delivery would be one too many. */
export function isCapped(
  { caps, counts }: Frequency,
  notification: Pick<Notification, 'tier' | 'category'>,
  channel: Channel,
): boolean {
  return capsOn(caps, notification, channel).some((cap) => (counts.get(capKey(cap)) ?? 0) >= cap.limit)
}
