import type { CategoryOverride, StoredPreferences, StoredQuietHours } from './preferences.ts'
import { type Channel, channels, type Weekday, weekdays } from './words.ts'

/** What is to be different: what is undefined stays as it is. */
export interface PreferenceChange {
  /** null, for this and the next two: back to the default. */
  readonly timeZone?: string | null | undefined
  readonly locale?: string | null | undefined
  readonly channelOrder?: readonly Channel[] | null | undefined
  /** null, for this and the next one: as it is. A client that writes null for nothing loses nobody's opt-outs. */
  readonly channels?: readonly ChannelChange[] | null | undefined
  readonly categories?: readonly CategoryChange[] | null | undefined
  /** null: none. */
  readonly quietHours?: QuietHoursChange | null | undefined
}

export interface ChannelChange {
  readonly channel: Channel
  readonly enabled: boolean
}

export interface CategoryChange {
  readonly category: string
  /** null: every channel, those too that something else was said of before. */
  readonly channel?: Channel | null | undefined
  /** null: back to the default. */
  readonly enabled?: boolean | null | undefined
}

export interface QuietHoursChange {
  readonly start: string
  readonly end: string
  /** null: every day. */
  readonly days?: readonly Weekday[] | null | undefined
}

export const noPreferences: StoredPreferences = {
  timeZone: null,
  locale: null,
  channelOrder: [],
  channels: {},
  categoryOverrides: {},
  quietHours: null,
}

/** Keeps of channels and categories only what differs from the defaults. */
export function changePreferences(stored: StoredPreferences, change: PreferenceChange): StoredPreferences {
  const { timeZone, locale, channelOrder, quietHours } = change
  return {
    timeZone: timeZone === undefined ? stored.timeZone : timeZone,
    locale: locale === undefined ? stored.locale : locale,
    channelOrder: channelOrder === undefined ? stored.channelOrder : (channelOrder ?? []),
    channels: channelsAfter(stored.channels, change.channels ?? []),
    categoryOverrides: overridesAfter(stored.categoryOverrides, change.categories ?? []),
    quietHours: quietHours === undefined ? stored.quietHours : quietHoursAfter(quietHours),
  }
}

function channelsAfter(
  stored: StoredPreferences['channels'],
  changes: readonly ChannelChange[],
): StoredPreferences['channels'] {
  const after = { ...stored, ...Object.fromEntries(changes.map(({ channel, enabled }) => [channel, enabled])) }
  return Object.fromEntries(channels.flatMap((channel) => (after[channel] === false ? [[channel, false]] : [])))
}

function overridesAfter(
  stored: StoredPreferences['categoryOverrides'],
  changes: readonly CategoryChange[],
): StoredPreferences['categoryOverrides'] {
  const after = new Map(Object.entries(stored))
  // What is said of one channel holds against what the same change says of every channel, in whichever order.
  const ordered = [...changes.filter(({ channel }) => !channel), ...changes.filter(({ channel }) => channel)]
  for (const { category, channel, enabled } of ordered) {
    after.set(category, overrideAfter(after.get(category) ?? {}, channel ?? '*', enabled ?? undefined))
  }
  return Object.fromEntries(
    [...after]
      .map(([category, override]) => [category, differences(override)] as const)
      .filter(([, override]) => Object.keys(override).length > 0),
  )
}

function overrideAfter(before: CategoryOverride, key: Channel | '*', enabled: boolean | undefined): CategoryOverride {
  const others = key === '*' ? [] : Object.entries(before).filter(([each]) => each !== key)
  return Object.fromEntries(enabled === undefined ? others : [...others, [key, enabled]])
}

function differences(override: CategoryOverride): CategoryOverride {
  const differs = (enabled: boolean, key: string) => !enabled || (key !== '*' && override['*'] === false)
  return Object.fromEntries(Object.entries(override).filter(([key, enabled]) => differs(enabled, key)))
}

function quietHoursAfter(quietHours: QuietHoursChange | null): StoredQuietHours | null {
  if (quietHours === null || quietHours.start === quietHours.end) return null
  const { start, end, days } = quietHours
  if (!days) return { start, end, days: null }
  return days.length === 0 ? null : { start, end, days: weekdays.filter((day) => days.includes(day)) }
}
