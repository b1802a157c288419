import type pg from 'pg'
import { type Preferences, type StoredPreferences, withDefaults } from '../domain/preferences.ts'
import type { Database } from './database.ts'

export interface UserPreferences extends Preferences {
  readonly userId: string
  /** 1970 where nobody has ever said anything of this user. */
  readonly updatedAt: Date
}

/** One read for all of them; the defaults for ids that nobody has. */
export async function readPreferences(
  client: Pick<pg.ClientBase, 'query'>,
  userIds: readonly string[],
): Promise<Map<string, UserPreferences>> {
  const { rows } = await client.query<Row>({ name: 'preferences', text: read, values: [userIds] })
  return new Map(rows.map((row) => [row.userId, toPreferences(row)]))
}

export async function preferencesOf({ pool }: Database, userId: string): Promise<UserPreferences> {
  const preferences = (await readPreferences(pool, [userId])).get(userId)
  if (preferences === undefined) throw new Error('A left join has lost a user.')
  return preferences
}

interface Row extends StoredPreferences {
  readonly userId: string
  readonly updatedAt: Date
  readonly isSet: boolean
  readonly userTimeZone: string | null
  readonly userLocale: string | null
  readonly hardStop: boolean
}

const read = `
  SELECT ids.id AS "userId", p.user_id IS NOT NULL AS "isSet",
         p.time_zone AS "timeZone", p.locale, p.channel_order AS "channelOrder", p.channels,
         p.category_overrides AS "categoryOverrides", p.quiet_hours AS "quietHours",
         u.time_zone AS "userTimeZone", u.locale AS "userLocale", coalesce(u.hard_stop, false) AS "hardStop",
         coalesce(greatest(p.updated_at, u.updated_at), 'epoch') AS "updatedAt"
  FROM unnest($1::text[]) AS ids (id)
  LEFT JOIN users u ON u.user_id = ids.id
  LEFT JOIN preference p ON p.user_id = ids.id`

function toPreferences(row: Row): UserPreferences {
  const user = { timeZone: row.userTimeZone, locale: row.userLocale, hardStop: row.hardStop }
  return { userId: row.userId, updatedAt: row.updatedAt, ...withDefaults(row.isSet ? row : undefined, user) }
}
