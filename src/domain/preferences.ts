import { type Channel, channels, type Weekday, weekdays } from './words.ts'

/** How a user wants to be reached: what she set, and the defaults for the rest. */
export interface Preferences {
  readonly timeZone: string
  readonly locale: string
  /** Every channel, the dearest first. */
  readonly channelOrder: readonly Channel[]
  readonly channels: Readonly<Record<Channel, boolean>>
  /** Only what differs from the default. "*": every channel that is not named. */
  readonly categoryOverrides: Readonly<Record<string, CategoryOverride>>
  readonly quietHours: QuietHours | null
  readonly hardStop: boolean
}

export type CategoryOverride = Readonly<Partial<Record<Channel | '*', boolean>>>

export interface QuietHours {
  /** "22:00" */
  readonly start: string
  readonly end: string
  /** The days on which the window begins. */
  readonly days: readonly Weekday[]
}

/** What a user has set: what is null or left out is the default. */
export interface StoredPreferences {
  readonly timeZone: string | null
  readonly locale: string | null
  readonly channelOrder: readonly Channel[]
  readonly channels: Readonly<Partial<Record<Channel, boolean>>>
  readonly categoryOverrides: Readonly<Record<string, CategoryOverride>>
  readonly quietHours: StoredQuietHours | null
}

export interface StoredQuietHours {
  readonly start: string
  readonly end: string
  /** null: every day. */
  readonly days: readonly Weekday[] | null
}

/** What callers said of a user. */
export interface PreferenceUser {
  readonly timeZone: string | null
  readonly locale: string | null
  readonly hardStop: boolean
}

export function withDefaults(row: StoredPreferences | undefined, user: PreferenceUser | undefined): Preferences {
  const order = row?.channelOrder ?? []
  return {
    timeZone: row?.timeZone ?? user?.timeZone ?? 'UTC',
    locale: row?.locale ?? user?.locale ?? 'en',
    channelOrder: [...order, ...channels.filter((channel) => !order.includes(channel))],
    channels: { IN_APP: true, PUSH: true, EMAIL: true, SMS: true, ...row?.channels },
    categoryOverrides: row?.categoryOverrides ?? {},
    quietHours: row?.quietHours ? { ...row.quietHours, days: row.quietHours.days ?? weekdays } : null,
    hardStop: user?.hardStop ?? false,
  }
}
