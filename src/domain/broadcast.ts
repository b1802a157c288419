import { type Decision, decideAgain, isSuppressReason, type Recipient, suppressedBy } from './decide.ts'
import { capKey, capsOn, type Frequency, type FrequencyCap } from './frequency-cap.ts'
import type { FunnelStage, Notification } from './notification.ts'
import type { Policy } from './policy.ts'
import type { DeliveryState } from './words.ts'

/**
 * Whether a broadcast comes into somebody's inbox, by what he has set and had by now. Its deadline has no say: it was made
 * in time, and what is in inboxes stays there.
 */
export function decideBroadcast(
  notification: Notification,
  recipient: Recipient | undefined,
  now: Date,
  policy: Policy,
  frequency: Frequency,
): Decision {
  if (recipient === undefined) {
    return { channel: 'IN_APP', at: now, rule: 'available', outcome: 'suppress', reason: 'unknown_user', until: null }
  }
  const lasting = { ...notification, expiresAt: endless }
  return decideAgain(lasting, recipient, 'IN_APP', now, policy, frequency)
}

const endless = new Date(8.64e15)

/** A user's counts with one more of this notification. */
export function counting(
  frequency: Frequency,
  notification: Pick<Notification, 'tier' | 'category'>,
): ReadonlyMap<string, number> {
  const counts = new Map(frequency.counts)
  for (const cap of capsOn(frequency.caps, notification, 'IN_APP')) {
    counts.set(capKey(cap), (counts.get(capKey(cap)) ?? 0) + 1)
  }
  return counts
}

/** The caps that broadcasts meet: those on the inbox. */
export function inboxCaps(caps: readonly FrequencyCap[]): readonly FrequencyCap[] {
  return caps.filter(({ channel, tier }) => channel === 'IN_APP' && tier !== 'TRANSACTIONAL')
}

/** What was decided for somebody who has shown up, as it was logged. */
export function broadcastDecision({ state, reason, at }: LoggedFate): Decision {
  if (state === 'SUPPRESSED' && isSuppressReason(reason)) {
    return { channel: 'IN_APP', at, rule: suppressedBy[reason], outcome: 'suppress', reason, until: null }
  }
  return { channel: 'IN_APP', at, rule: 'deliver', outcome: 'deliver', reason: null, until: null }
}

export interface LoggedFate {
  readonly state: DeliveryState
  readonly reason: string | null
  readonly at: Date
}

/** The funnel of a broadcast: what its pages and slices count, and what has come of those who have shown up. */
export function broadcastFunnel(
  funnel: readonly FunnelStage[],
  shownUp: ReadonlyMap<DeliveryState, number>,
): readonly FunnelStage[] {
  const of = (state: DeliveryState) => shownUp.get(state) ?? 0
  const added: Readonly<Record<string, number>> = {
    dispatched: of('SENT'),
    sent: of('SENT'),
    suppressed: of('SUPPRESSED'),
    failed: of('FAILED'),
  }
  const recipients = countOf(shownUp)
  return funnel.map(({ stage, count }) =>
    stage === 'accepted' || stage === 'fanned_out'
      ? { stage, count: recipients }
      : { stage, count: count + (added[stage] ?? 0) },
  )
}

/** How many have shown up. */
export function countOf(shownUp: ReadonlyMap<DeliveryState, number>): number {
  return shownUp.values().reduce((sum, count) => sum + count, 0)
}
