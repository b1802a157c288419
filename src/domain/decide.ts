import { type Frequency, isCapped, uncapped } from './frequency-cap.ts'
import type { Notification } from './notification.ts'
import type { Policy } from './policy.ts'
import type { Preferences } from './preferences.ts'
import type { AddressChannel, AddressReason } from './suppressed-address.ts'
import type { Channel, ProviderChannel } from './words.ts'

/** What is known of a recipient when her page is decided. */
export interface Recipient {
  readonly userId: string
  readonly email: string | null
  readonly phone: string | null
  /** Those of her addresses that no provider may be asked to reach. */
  readonly suppressed?: Readonly<Partial<Record<AddressChannel, AddressReason>>>
  readonly attributes: Readonly<Record<string, unknown>>
  readonly preferences: Preferences
  readonly activeDevices: number
}

/** Whether something is sent on a channel, and why not now. `rule` is the one that decided, `at` when it did. */
export type Decision = { readonly channel: Channel; readonly at: Date; readonly rule: Rule } & (
  | { readonly outcome: 'deliver'; readonly reason: 'overruled' | null; readonly until: null }
  | { readonly outcome: 'suppress'; readonly reason: SuppressReason; readonly until: null }
  | { readonly outcome: 'expire'; readonly reason: 'expired'; readonly until: null }
  | { readonly outcome: 'defer'; readonly reason: 'quiet_hours'; readonly until: Date }
)

export type Rule =
  | 'expiry'
  | 'hard_stop'
  | 'available'
  | 'preference'
  | 'tier'
  | 'frequency_cap'
  | 'quiet_hours'
  | 'deliver'

export type SuppressReason = keyof typeof suppressedBy

/** Each reason belongs to one rule. */
export const suppressedBy = {
  hard_stop: 'hard_stop',
  unknown_user: 'available',
  no_device: 'available',
  no_address: 'available',
  bounced: 'available',
  complained: 'available',
  stopped: 'available',
  channel_off: 'preference',
  opted_out: 'preference',
  frequency_cap: 'frequency_cap',
} as const satisfies Record<string, Rule>

export function isSuppressReason(word: string | null): word is SuppressReason {
  return word !== null && Object.hasOwn(suppressedBy, word)
}

export interface Verdict {
  /** One for each channel that was considered, in the order of consideration. */
  readonly decisions: readonly Decision[]
  /** Routing FIRST: where to go on when the provider channel that was chosen fails. */
  readonly next: readonly ProviderChannel[]
}

export type Decidable = Pick<Notification, 'tier' | 'category' | 'channels' | 'routing' | 'expiresAt'>

/**
 * Which channels a notification takes to a recipient, and when. The first of these rules that has something to say
 * decides: it has expired, the hard stop, the channel is available to her, her preferences, the tier, the frequency
 * caps, her quiet hours. TRANSACTIONAL ignores what she has said of categories, of channels where no other is left,
 * caps and quiet hours.
 *
 * What is held back is decided again when it is released: what would be released past its deadline is held back, too,
 * and expires then. Until then she may still end her quiet hours.
 */
export function decide(
  notification: Decidable,
  recipient: Recipient,
  now: Date,
  policy: Policy,
  frequency: Frequency = uncapped,
): Verdict {
  const decisions = consider({ notification, recipient, at: now, policy, frequency })
  return notification.routing === 'FIRST' ? chooseFirst(decisions) : { decisions, next: [] }
}

/** Decides again on a channel that was chosen before: on release, after a failure of another one, after a while. */
export function decideAgain(
  notification: Decidable,
  recipient: Recipient,
  channel: Channel,
  now: Date,
  policy: Policy,
  frequency: Frequency = uncapped,
): Decision {
  const decisions = consider({ notification, recipient, at: now, policy, frequency })
  const again = decisions.find((decision) => decision.channel === channel)
  if (again === undefined) throw new Error(`${channel} is no channel of the notification`)
  return again
}

interface Case {
  readonly notification: Decidable
  readonly recipient: Recipient
  readonly at: Date
  readonly policy: Policy
  readonly frequency: Frequency
}

function consider(each: Case): readonly Decision[] {
  const { notification, recipient } = each
  const ordered = recipient.preferences.channelOrder.filter((channel) => notification.channels.includes(channel))
  const allowed = ordered.map((channel) => allow(each, channel))
  return notification.tier === 'TRANSACTIONAL'
    ? overrule(allowed)
    : allowed.map((decision) => (decision.outcome === 'deliver' ? hold(each, decision) : decision))
}

/** What does not depend on the hour. */
function allow({ notification, recipient, at }: Case, channel: Channel): Decision {
  const { preferences } = recipient
  if (notification.expiresAt <= at) {
    return { channel, at, rule: 'expiry', outcome: 'expire', reason: 'expired', until: null }
  }
  if (preferences.hardStop) return suppress(channel, at, 'hard_stop')
  const missing = unreachable(recipient, channel)
  if (missing !== undefined) return suppress(channel, at, missing)
  if (!preferences.channels[channel]) return suppress(channel, at, 'channel_off')
  if (notification.tier !== 'TRANSACTIONAL' && optedOut(preferences, notification.category, channel)) {
    return suppress(channel, at, 'opted_out')
  }
  return { channel, at, rule: 'deliver', outcome: 'deliver', reason: null, until: null }
}

/** Why this channel cannot reach her at all, whatever the tier. */
export function unreachable(recipient: Recipient, channel: Channel): SuppressReason | undefined {
  switch (channel) {
    case 'IN_APP':
      return undefined
    case 'PUSH':
      return recipient.activeDevices > 0 ? undefined : 'no_device'
    case 'EMAIL':
      return recipient.email === null ? 'no_address' : recipient.suppressed?.EMAIL
    case 'SMS':
      return recipient.phone === null ? 'no_address' : recipient.suppressed?.SMS
  }
}

function optedOut({ categoryOverrides }: Preferences, category: string, channel: Channel): boolean {
  const override = categoryOverrides[category]
  return (override?.[channel] ?? override?.['*'] ?? true) === false
}

/** A one-time code that no channel is left for goes out on those she turned off. */
function overrule(decisions: readonly Decision[]): readonly Decision[] {
  if (decisions.some((decision) => decision.outcome === 'deliver')) return decisions
  return decisions.map((decision) =>
    decision.rule === 'preference'
      ? { ...decision, rule: 'tier', outcome: 'deliver', reason: 'overruled', until: null }
      : decision,
  )
}

/** What would be delivered, were it not too much, or the wrong hour. */
function hold({ notification, recipient, at, policy, frequency }: Case, decision: Decision): Decision {
  const { channel } = decision
  if (isCapped(frequency, notification, channel)) return suppress(channel, at, 'frequency_cap')
  const { quietHours, timeZone } = recipient.preferences
  if (quietHours === null || !policy.quietChannels.has(channel)) return decision
  const until = policy.quietClock.releaseAt(timeZone, quietHours, at)
  if (until === undefined) return decision
  return { channel, at, rule: 'quiet_hours', outcome: 'defer', reason: 'quiet_hours', until }
}

/** The inbox, and the first other channel that is not ruled out, held back or not; those behind it are not tried yet. */
function chooseFirst(considered: readonly Decision[]): Verdict {
  const decisions: Decision[] = []
  const next: ProviderChannel[] = []
  let chosen = false
  for (const decision of considered) {
    const { channel, outcome } = decision
    const isCandidate = channel !== 'IN_APP' && (outcome === 'deliver' || outcome === 'defer')
    if (isCandidate && chosen) next.push(channel)
    else decisions.push(decision)
    chosen ||= isCandidate
  }
  return { decisions, next }
}

function suppress(channel: Channel, at: Date, reason: SuppressReason): Decision {
  return { channel, at, rule: suppressedBy[reason], outcome: 'suppress', reason, until: null }
}
