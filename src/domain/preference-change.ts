import type { CategoryOverride, StoredPreferences, StoredQuietHours } from './preferences.ts'
import { type Channel, channels, weekdays } from './words.ts'

/** What someone wants to be different: what is undefined stays as it is. */
export interface PreferenceChange {
  /** null, here and in the next two: back to the default. */
  readonly timeZone?: string | null | undefined
  readonly locale?: string | null | undefined
  readonly channelOrder?: readonly Channel[] | null | undefined
  /** null, here and in the next one: as it is. No opt-out is lost by a client that writes null for nothing. */
  readonly channels?: readonly ChannelChange[] | null | undefined
  readonly categories?: readonly CategoryChange[] | null | undefined
  /** null: none. */
  readonly quietHours?: Partial<StoredQuietHours> & Pick<StoredQuietHours, 'start' | 'end'> | null | undefined
}

export interface ChannelChange {
  readonly channel: Channel
  readonly enabled: boolean
}

export interface CategoryChange {
  readonly category: string
  /** null: every channel, those too that something was said of before. */
  readonly channel?: Channel | null | undefined
  /** null: back to the default. */
  readonly enabled?: boolean | null | undefined
}

export const noPreferences: StoredPreferences = {
  timeZone: null,
  locale: null,
  channelOrder: [],
  channels: {},
  categoryOverrides: {},
  quietHours: null,
}

export function changePreferences(stored: StoredPreferences, change: PreferenceChange): StoredPreferences {
  return {
    timeZone: given(change.timeZone, stored.timeZone),
    locale: given(change.locale, stored.locale),
    channelOrder: change.channelOrder === undefined ? stored.channelOrder : (change.channelOrder ?? []),
    channels: channelsAfter(stored.channels, change.channels ?? []),
    categoryOverrides: overridesAfter(stored.categoryOverrides, change.categories ?? []),
    quietHours: change.quietHours === undefined ? stored.quietHours : quietHoursOf(change.quietHours),
  }
}

function given<T>(change: T | undefined, stored: T): T {
  return change === undefined ? stored : change
}
