import type { PriceTable } from './price-table.ts'
import { openQuietClock, type QuietClock } from './quiet-hours.ts'
import { type TimeZoneRules, utc, type Zone } from './time-zones.ts'
import type { Channel } from './words.ts'

/** What an installation decides by, besides what its users and callers say. */
export interface Policy {
  readonly tzVersion: string
  readonly quietClock: QuietClock
  /** The channels that quiet hours hold back. */
  readonly quietChannels: ReadonlySet<Channel>
  /** Over how long deliveries go out that were held back until the same instant. */
  readonly spreadMs: number
  /** So many of one recipient, channel and category that end together are sent one by one; of more, the newest. */
  readonly mergeAbove: number
  /** So many dead letters of a tier and channel are tried again in one second. */
  readonly redrivePerSecond: number
  /** By whose clocks campaigns go to people of whom no zone is known. */
  readonly campaignTimeZone: string
  /** The zone of that name; of one that nobody knows, the one for people of whom none is known. */
  readonly campaignZone: (timeZone: string) => Zone
  /** undefined: costs are not estimated. */
  readonly campaignPrices: PriceTable | undefined
  /** How long evidence of a mail or an SMS is waited for that a provider may have taken; a one-time code waits less. */
  readonly evidenceMs: number
}

export interface PolicySettings {
  /** Quiet hours hold e-mail too, not just push and SMS. */
  readonly quietEmail: boolean
  readonly spreadMs: number
  readonly mergeAbove: number
  readonly redrivePerSecond: number
  readonly campaignTimeZone: string
  readonly campaignPrices: PriceTable | undefined
  /** How long evidence of a mail or an SMS is waited for that a provider may have taken; a one-time code waits less. */
  readonly evidenceMs: number
}

export const defaultPolicySettings: PolicySettings = {
  quietEmail: false,
  spreadMs: 5 * 60_000,
  mergeAbove: 3,
  redrivePerSecond: 100,
  campaignTimeZone: 'UTC',
  campaignPrices: undefined,
  evidenceMs: 60_000,
}

export function openPolicy(timeZones: TimeZoneRules, settings: PolicySettings): Policy {
  const { quietEmail, ...rest } = settings
  return {
    tzVersion: timeZones.version,
    quietClock: openQuietClock(timeZones),
    campaignZone: (name) => timeZones.zone(name) ?? timeZones.zone(rest.campaignTimeZone) ?? utc,
    quietChannels: new Set(quietEmail ? ['PUSH', 'EMAIL', 'SMS'] : ['PUSH', 'SMS']),
    ...rest,
  }
}
