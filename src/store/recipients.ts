import type { Pool } from 'pg'
import type { PushTarget } from '../domain/content.ts'
import type { Recipient } from '../domain/decide.ts'
import { type StoredPreferences, withDefaults } from '../domain/preferences.ts'

/** A recipient with what it takes to reach her. */
export interface ReachableRecipient extends Recipient {
  readonly devices: readonly PushTarget[]
}

interface Row {
  readonly user_id: string
  readonly email: string | null
  readonly phone: string | null
  readonly time_zone: string | null
  readonly locale: string | null
  readonly attributes: Record<string, unknown>
  readonly hard_stop: boolean
  readonly preference: StoredPreferences | null
  readonly devices: readonly PushTarget[] | null
}

/** Users, preferences, hard stops and active devices of a whole page in one read. Users that are gone are missing. */
export async function readRecipients(
  pool: Pool,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, ReachableRecipient>> {
  const { rows } = await pool.query<Row>({ name: 'read-recipients', text: recipientsSql, values: [userIds] })
  return new Map(rows.map((row) => [row.user_id, toRecipient(row)]))
}

const recipientsSql = `
  SELECT u.user_id, u.email, u.phone, u.time_zone, u.locale, u.attributes, u.hard_stop,
    (SELECT jsonb_build_object('timeZone', p.time_zone, 'locale', p.locale, 'channelOrder', p.channel_order,
        'channels', p.channels, 'categoryOverrides', p.category_overrides, 'quietHours', p.quiet_hours)
      FROM preference p WHERE p.user_id = u.user_id) AS preference,
    (SELECT jsonb_agg(jsonb_build_object('deviceId', d.device_id, 'platform', d.platform, 'token', d.token,
        'app', d.app, 'environment', d.environment) ORDER BY d.device_id)
      FROM device d WHERE d.user_id = u.user_id AND d.is_active) AS devices
  FROM users u WHERE u.user_id = ANY($1)`

function toRecipient(row: Row): ReachableRecipient {
  const devices = row.devices ?? []
  return {
    userId: row.user_id,
    email: row.email,
    phone: row.phone,
    attributes: row.attributes,
    preferences: withDefaults(row.preference ?? undefined, {
      timeZone: row.time_zone,
      locale: row.locale,
      hardStop: row.hard_stop,
    }),
    activeDevices: devices.length,
    devices,
  }
}
