import type { CategoryOverride, StoredPreferences } from './preferences.ts'
import { type Channel, channels } from './words.ts'

/** One change of what a person has agreed to. */
export interface ConsentChange {
  readonly subject: 'CHANNEL' | 'CATEGORY' | 'HARD_STOP'
  readonly category: string | null
  /** null: every channel. */
  readonly channel: Channel | null
  /** null: the default. */
  readonly was: boolean | null
  readonly became: boolean | null
}

/** Who changed it, and how we know that it was they. */
export interface ConsentSource {
  /** The id of a caller, or the user's own. */
  readonly changedBy: string
  readonly credential: 'api_key' | 'user_token' | 'unsubscribe_link' | 'sms_reply' | 'email_unsubscribe'
}

type Consent = Pick<StoredPreferences, 'channels' | 'categoryOverrides'>

/** What was agreed to or refused between two states of someone's preferences. */
export function consentChanges(before: Consent, after: Consent): readonly ConsentChange[] {
  const categories = new Set([...Object.keys(before.categoryOverrides), ...Object.keys(after.categoryOverrides)])
  return [
    ...channels.flatMap((channel) => {
      const [was, became] = [before.channels[channel] ?? true, after.channels[channel] ?? true]
      return was === became ? [] : [{ subject: 'CHANNEL', category: null, channel, was, became } as const]
    }),
    ...[...categories].flatMap((category) =>
      categoryChanges(category, before.categoryOverrides[category], after.categoryOverrides[category]),
    ),
  ]
}

function categoryChanges(
  category: string,
  before: CategoryOverride | undefined,
  after: CategoryOverride | undefined,
): readonly ConsentChange[] {
  return (['*', ...channels] as const).flatMap((key) => {
    const [was, became] = [before?.[key] ?? null, after?.[key] ?? null]
    const channel = key === '*' ? null : key
    return was === became ? [] : [{ subject: 'CATEGORY', category, channel, was, became } as const]
  })
}
