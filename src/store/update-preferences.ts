import type pg from 'pg'
import { type ConsentSource, consentChanges } from '../domain/consent.ts'
import { changePreferences, noPreferences, type PreferenceChange } from '../domain/preference-change.ts'
import type { StoredPreferences } from '../domain/preferences.ts'
import { InvalidInput } from '../errors.ts'
import { recordConsent } from './consent.ts'
import { type Database, inTransaction } from './database.ts'
import { lockUser } from './lock-user.ts'
import { readPreferences, type UserPreferences } from './preferences.ts'

export interface PreferenceUpdate {
  readonly userId: string
  readonly change: PreferenceChange
  readonly source: ConsentSource
  readonly at: Date
}

/** They are read with every page that she is on. */
const maxCategories = 1_000

/**
 * Merges the change into what she has set, and records what it changes of her consent. Two at once take turns, so that
 * neither undoes what the other says of something else. Nothing for a user who is not known, unless she says it herself.
 *
 * @throws InvalidInput when she would have something to say of more than a thousand categories
 */
export function updatePreferences({ pool }: Database, update: PreferenceUpdate): Promise<UserPreferences | undefined> {
  const { userId, change, source, at } = update
  return inTransaction(pool, async (client) => {
    if (!(await lockUser(client, userId, { make: source.credential === 'user_token', at }))) return undefined
    const before = await readStored(client, userId)
    const after = changePreferences(before, change)
    if (Object.keys(after.categoryOverrides).length > maxCategories) throw tooManyCategories()
    await client.query({ name: 'put-preferences', text: put, values: [userId, ...valuesOf(after), at] })
    await recordConsent(client, { userId, changes: consentChanges(before, after), source, at })
    return (await readPreferences(client, [userId])).get(userId)
  })
}

async function readStored(client: pg.ClientBase, userId: string): Promise<StoredPreferences> {
  const { rows } = await client.query<StoredPreferences>({ name: 'stored-preferences', text: stored, values: [userId] })
  return rows[0] ?? noPreferences
}

const stored = `
  SELECT time_zone AS "timeZone", locale, channel_order AS "channelOrder", channels,
         category_overrides AS "categoryOverrides", quiet_hours AS "quietHours"
  FROM preference WHERE user_id = $1`

const put = `
  INSERT INTO preference
    (user_id, time_zone, locale, channel_order, channels, category_overrides, quiet_hours, updated_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
  ON CONFLICT (user_id) DO UPDATE SET
    time_zone = excluded.time_zone, locale = excluded.locale, channel_order = excluded.channel_order,
    channels = excluded.channels, category_overrides = excluded.category_overrides,
    quiet_hours = excluded.quiet_hours, updated_at = excluded.updated_at`

function valuesOf({ timeZone, locale, channelOrder, channels, categoryOverrides, quietHours }: StoredPreferences) {
  const json = [channels, categoryOverrides, quietHours].map((value) => (value === null ? null : JSON.stringify(value)))
  return [timeZone, locale, channelOrder, ...json]
}

function tooManyCategories(): InvalidInput {
  const message = `must leave at most ${maxCategories} categories that differ from the default`
  return new InvalidInput([{ path: ['input', 'categories'], code: 'OUT_OF_RANGE', message }])
}
