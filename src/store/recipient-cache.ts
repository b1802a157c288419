import type { Redis } from 'ioredis'
import type { Pool } from 'pg'
import {
  type Person,
  personColumns,
  personTables,
  type ReachableRecipient,
  type ReadRecipients,
  type Settings,
  settingsColumns,
  toRecipient,
} from './recipients.ts'
import { type Copy, type CopyToKeep, versionedCache } from './versioned-cache.ts'

/** Of a row of users. "0": she has never set anything, has never had a device. */
interface Versions {
  readonly user_id: string
  readonly preferences_version: string
  readonly devices_version: string
}

/**
 * Reads what `readRecipients` reads, with preferences and devices from a cache where that holds them as they are now.
 * Rows of users, and with them hard stops, addresses, suppressions and the versions that tell what is true now, come from PostgreSQL
 * every time. So what has been committed is obeyed by every process at once, whether Redis saw it or not.
 *
 * Measured with 500 recipients of two devices each: PostgreSQL works 2 ms for a page instead of 21; it takes half the
 * time with copies in Redis, a fifth with copies in the process, and a sixth more where there are none yet.
 */
export function recipientCache(redis: Redis | undefined): ReadRecipients {
  const cache = versionedCache(redis)
  return async (pool, userIds) => {
    const people = await readPeople(pool, userIds)
    const wanted = new Map(people.map((person) => [person, copiesOf(person)]))
    const found = await cache.read([...wanted.values()].flat())
    const isComplete = (copies: readonly Copy[]) => copies.every(({ key }) => found.has(key))
    const missing = [...wanted].flatMap(([person, copies]) => (isComplete(copies) ? [] : [person]))
    const fresh = await readSettings(pool, missing)
    cache.keep([...fresh.values()].flatMap(copiesToKeep))
    const recipients = new Map<string, ReachableRecipient>()
    for (const [person, copies] of wanted) {
      const settings = isComplete(copies) ? settingsIn(found, person, copies) : fresh.get(person.user_id)
      if (settings !== undefined) recipients.set(person.user_id, toRecipient(person, settings))
    }
    return recipients
  }
}

async function readPeople(pool: Pool, userIds: readonly string[]): Promise<readonly (Person & Versions)[]> {
  const text = `SELECT ${personColumns}, ${versionColumns} FROM ${personTables} WHERE u.user_id`
  // A statement of its own: PostgreSQL would plan that for some anew each time for one, which takes longer than to run it.
  const isOne = userIds.length === 1
  const { rows } = await pool.query<Person & Versions>({
    name: isOne ? 'read-person' : 'read-people',
    text: isOne ? `${text} = $1` : `${text} = ANY($1)`,
    values: isOne ? [...userIds] : [userIds],
  })
  return rows
}

/** With the versions they have in this read. */
async function readSettings(
  pool: Pool,
  people: readonly Versions[],
): Promise<ReadonlyMap<string, Settings & Versions>> {
  if (people.length === 0) return new Map()
  const { rows } = await pool.query<Settings & Versions>({
    name: 'read-settings',
    text: `SELECT u.user_id, ${versionColumns}, ${settingsColumns} FROM users u WHERE u.user_id = ANY($1)`,
    values: [people.map(({ user_id }) => user_id)],
  })
  return new Map(rows.map((row) => [row.user_id, row]))
}

const versionColumns = 'u.preferences_version, u.devices_version'

/** None of what she has never had. */
function copiesOf({ user_id, preferences_version, devices_version }: Versions): readonly Copy[] {
  return [
    { key: preferencesKey(user_id), version: preferences_version },
    { key: devicesKey(user_id), version: devices_version },
  ].filter(({ version }) => version !== '0')
}

function copiesToKeep(row: Settings & Versions): readonly CopyToKeep[] {
  const { user_id, preferences, preferences_version, devices, devices_version } = row
  return [
    { key: preferencesKey(user_id), version: preferences_version, value: preferences, keepSeconds: 5 * 60 },
    { key: devicesKey(user_id), version: devices_version, value: devices, keepSeconds: 3600 },
  ].filter(({ version }) => version !== '0')
}

const nothing: Settings = { preferences: null, devices: null }

/** What `copiesToKeep` has put there. */
function settingsIn(
  found: ReadonlyMap<string, unknown>,
  { user_id: userId }: Versions,
  copies: readonly Copy[],
): Settings {
  if (copies.length === 0) return nothing
  const preferences = found.get(preferencesKey(userId)) ?? null
  const devices = found.get(devicesKey(userId)) ?? null
  return { preferences, devices } as Settings
}

// The number is that of the shape: whoever changes what Settings holds takes the next one.
function preferencesKey(userId: string): string {
  return `preferences:1:${userId}`
}

function devicesKey(userId: string): string {
  return `devices:1:${userId}`
}
