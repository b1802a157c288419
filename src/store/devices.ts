import type pg from 'pg'
import { isStorableText } from '../domain/json-value.ts'
import type { Platform, PushEnvironment } from '../domain/words.ts'
import { type Database, inTransaction } from './database.ts'

/** A device without its token: that one leaves the store only for a provider. */
export interface Device {
  readonly userId: string
  readonly deviceId: string
  readonly platform: Platform
  readonly app: string
  readonly environment: PushEnvironment
  readonly isActive: boolean
  /** Since when its token is hers. */
  readonly registeredAt: Date
  readonly lastSeenAt: Date
}

export interface Registration {
  readonly userId: string
  readonly deviceId: string
  readonly platform: Platform
  readonly token: string
  readonly app: string
  readonly environment: PushEnvironment
}

/** Active and inactive ones, newest first. */
export async function devicesOf({ pool }: Database, userId: string): Promise<Device[]> {
  const { rows } = await pool.query<Device>(
    `SELECT ${columns} FROM device WHERE user_id = $1 ORDER BY registered_at DESC, device_id`,
    [userId],
  )
  return rows
}

export async function findDevice({ pool }: Database, userId: string, deviceId: string): Promise<Device | undefined> {
  const { rows } = await pool.query<Device>(`SELECT ${columns} FROM device WHERE user_id = $1 AND device_id = $2`, [
    userId,
    deviceId,
  ])
  return rows[0]
}

/**
 * Makes the token this device's and no one else's, and the device active. A user whom nobody has told us of yet is
 * made: whoever signed her token knows her.
 */
export function registerDevice({ pool }: Database, registration: Registration, now: Date): Promise<Device> {
  const { userId, deviceId, platform, token, app, environment } = registration
  return inTransaction(pool, async (client) => {
    await client.query('INSERT INTO users (user_id) VALUES ($1) ON CONFLICT DO NOTHING', [userId])
    // Two who register one token at once take turns here, so that nobody else gets it below.
    await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`device ${app} ${token}`])
    // Whoever changes devices locks their users first, in the order of upsertUsers: each change renews a version there.
    await client.query(
      `SELECT FROM users WHERE user_id IN (SELECT $1::text UNION SELECT user_id FROM device WHERE app = $2 AND token = $3)
       ORDER BY user_id COLLATE "C" FOR NO KEY UPDATE`,
      [userId, app, token],
    )
    await client.query(
      'DELETE FROM device WHERE app = $3 AND token = $4 AND (user_id, device_id) IS DISTINCT FROM ($1, $2)',
      [userId, deviceId, app, token],
    )
    return one(
      await client.query<Device>(
        `INSERT INTO device AS d
           (user_id, device_id, platform, token, app, environment, registered_at, last_seen_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
         ON CONFLICT (user_id, device_id) DO UPDATE SET
           platform = excluded.platform, token = excluded.token, app = excluded.app,
           environment = excluded.environment, is_active = true, last_seen_at = excluded.last_seen_at,
           registered_at = CASE WHEN d.is_active AND d.app = excluded.app AND d.token = excluded.token
                                THEN d.registered_at ELSE excluded.registered_at END
         RETURNING ${columns}`,
        [userId, deviceId, platform, token, app, environment, now],
      ),
    )
  })
}

/** The device as it is then; nothing for one that is not hers. */
export async function deactivateDevice(
  { pool }: Database,
  userId: string,
  deviceId: string,
): Promise<Device | undefined> {
  // Asked with anybody's text, and PostgreSQL refuses some of that.
  if (!isStorableText(deviceId) || !isStorableText(userId)) return undefined
  const { rows } = await pool.query<Device>(
    `WITH owner AS MATERIALIZED (SELECT user_id AS owner_id FROM users WHERE user_id = $1 FOR NO KEY UPDATE)
     UPDATE device SET is_active = false FROM owner WHERE user_id = owner_id AND device_id = $2 RETURNING ${columns}`,
    [userId, deviceId],
  )
  return rows[0]
}

export interface DeadToken {
  readonly app: string
  readonly token: string
  /** What was registered after it is another life of the token, and stays. */
  readonly deadSince: Date
}

/** Takes a token that its provider calls dead out of use. False: it was registered again since, or is not there. */
export async function deactivateToken(
  pool: Pick<pg.Pool, 'query'>,
  { app, token, deadSince }: DeadToken,
): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: 'deactivate-token',
    text: `WITH owner AS MATERIALIZED (
             SELECT user_id AS owner_id FROM users
             WHERE user_id = (SELECT user_id FROM device WHERE app = $1 AND token = $2) FOR NO KEY UPDATE)
           UPDATE device SET is_active = false FROM owner
           WHERE user_id = owner_id AND app = $1 AND token = $2 AND is_active AND registered_at <= $3`,
    values: [app, token, deadSince],
  })
  return rowCount === 1
}

/** So many at once, so that none of their users is locked for long. */
const unseenBatch = 500

/**
 * Takes devices out of use that have not been seen for so many days; registering makes them active again. 0: for ever is
 * not too long. Resolves with how many.
 */
export async function deactivateUnseen(pool: Pick<pg.Pool, 'query'>, days: number, now: Date): Promise<number> {
  if (days === 0) return 0
  const since = new Date(now.getTime() - days * 24 * 3_600_000)
  let count = 0
  for (;;) {
    const { changed, found } = await deactivateUnseenBatch(pool, since)
    count += changed
    if (found < unseenBatch || changed === 0) return count
  }
}

async function deactivateUnseenBatch(pool: Pick<pg.Pool, 'query'>, since: Date) {
  const { rows } = await pool.query<{ found: number; changed: number }>({
    name: 'deactivate-unseen',
    text: `WITH unseen AS MATERIALIZED (
             SELECT user_id, device_id FROM device WHERE is_active AND last_seen_at < $1 ORDER BY last_seen_at LIMIT $2),
           owners AS MATERIALIZED (
             SELECT user_id FROM users WHERE user_id IN (SELECT user_id FROM unseen)
             ORDER BY user_id COLLATE "C" FOR NO KEY UPDATE),
           changed AS (
             UPDATE device d SET is_active = false FROM unseen u JOIN owners o USING (user_id)
             WHERE d.user_id = u.user_id AND d.device_id = u.device_id AND d.is_active AND d.last_seen_at < $1
             RETURNING 1)
           SELECT (SELECT count(*) FROM unseen)::int AS found, (SELECT count(*) FROM changed)::int AS changed`,
    values: [since, unseenBatch],
  })
  return rows[0] ?? { found: 0, changed: 0 }
}

const columns = `user_id AS "userId", device_id AS "deviceId", platform, app, environment, is_active AS "isActive",
  registered_at AS "registeredAt", last_seen_at AS "lastSeenAt"`

function one<T extends pg.QueryResultRow>({ rows }: pg.QueryResult<T>): T {
  const [row] = rows
  if (row === undefined) throw new Error('PostgreSQL returned no row where it has to return one.')
  return row
}
