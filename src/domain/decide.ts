import type { Notification } from './notification.ts'
import type { Preferences } from './preferences.ts'
import { type Channel, type ProviderChannel, providerChannels } from './words.ts'

/** What is known of a recipient when her page is decided. */
export interface Recipient {
  readonly userId: string
  readonly email: string | null
  readonly phone: string | null
  readonly attributes: Readonly<Record<string, unknown>>
  readonly preferences: Preferences
  readonly activeDevices: number
}

/** Whether something is sent, and why not. `rule` is the one that decided. */
export type Decision =
  | { readonly channel: Channel; readonly rule: 'deliver'; readonly outcome: 'deliver'; readonly reason: null }
  | { readonly channel: Channel; readonly rule: Rule; readonly outcome: 'suppress' | 'expire'; readonly reason: string }

export type Rule = 'hard_stop' | 'available' | 'preference' | 'expiry'

export interface Verdict {
  /** One for each channel that was considered, in the order of consideration. */
  readonly decisions: readonly Decision[]
  /** Routing FIRST: where to go on when the provider channel that was chosen fails. */
  readonly next: readonly ProviderChannel[]
}

/**
 * Which channels a notification takes to a recipient. The rules, in this order: it has expired, the hard stop, the
 * channel is available to her, her preferences. TRANSACTIONAL ignores what she has said of categories, and of
 * channels where no other is left.
 */
export function decide(
  notification: Pick<Notification, 'tier' | 'category' | 'channels' | 'routing' | 'expiresAt'>,
  recipient: Recipient,
  now: Date,
): Verdict {
  const ordered = recipient.preferences.channelOrder.filter((channel) => notification.channels.includes(channel))
  const considered = ordered.map((channel) => consider(notification, recipient, channel, now))
  const decisions = notification.tier === 'TRANSACTIONAL' ? overrulePreferences(considered) : considered
  return notification.routing === 'FIRST' ? chooseFirst(decisions) : { decisions, next: [] }
}

function consider(
  { tier, category, expiresAt }: Pick<Notification, 'tier' | 'category' | 'expiresAt'>,
  recipient: Recipient,
  channel: Channel,
  now: Date,
): Decision {
  const { preferences } = recipient
  if (expiresAt <= now) return { channel, rule: 'expiry', outcome: 'expire', reason: 'expired' }
  if (preferences.hardStop) return suppress(channel, 'hard_stop', 'hard_stop')
  const missing = unreachable(recipient, channel)
  if (missing !== undefined) return suppress(channel, 'available', missing)
  if (!preferences.channels[channel]) return suppress(channel, 'preference', 'channel_off')
  if (tier !== 'TRANSACTIONAL' && optedOut(preferences, category, channel)) {
    return suppress(channel, 'preference', 'opted_out')
  }
  return { channel, rule: 'deliver', outcome: 'deliver', reason: null }
}

/** Why this channel cannot reach her at all. */
function unreachable(recipient: Recipient, channel: Channel): string | undefined {
  switch (channel) {
    case 'IN_APP':
      return undefined
    case 'PUSH':
      return recipient.activeDevices > 0 ? undefined : 'no_device'
    case 'EMAIL':
      return recipient.email === null ? 'no_address' : undefined
    case 'SMS':
      return recipient.phone === null ? 'no_address' : undefined
  }
}

function optedOut({ categoryOverrides }: Preferences, category: string, channel: Channel): boolean {
  const override = categoryOverrides[category]
  return (override?.[channel] ?? override?.['*'] ?? true) === false
}

/** A one-time code that no channel is left for goes out on those she turned off. */
function overrulePreferences(decisions: readonly Decision[]): readonly Decision[] {
  if (decisions.some((decision) => decision.outcome === 'deliver')) return decisions
  return decisions.map((decision) =>
    decision.rule === 'preference'
      ? { channel: decision.channel, rule: 'deliver', outcome: 'deliver', reason: null }
      : decision,
  )
}

/** The inbox, and the first other channel that is not ruled out; those behind it are not tried yet. */
function chooseFirst(decisions: readonly Decision[]): Verdict {
  const open = decisions.flatMap(({ channel, outcome }) =>
    providerChannels.filter((each) => each === channel && outcome === 'deliver'),
  )
  const [, ...next] = open
  return {
    decisions: decisions.filter(
      ({ channel, outcome }) => !(outcome === 'deliver' && next.some((each) => each === channel)),
    ),
    next,
  }
}

function suppress(channel: Channel, rule: Rule, reason: string): Decision {
  return { channel, rule, outcome: 'suppress', reason }
}
