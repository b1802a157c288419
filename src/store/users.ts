import { isStorableText } from '../domain/json-value.ts'
import type { UserInput } from '../domain/user-input.ts'
import type { Database } from './database.ts'
import type { User as UserRow } from './generated/client.ts'

export type User = Omit<UserRow, keyof typeof cacheVersions>

export async function findUser({ prisma }: Database, userId: string): Promise<User | undefined> {
  // Asked with anybody's text, and PostgreSQL refuses some of that.
  if (!isStorableText(userId)) return undefined
  return (await prisma.user.findUnique({ where: { userId }, omit: cacheVersions })) ?? undefined
}

const cacheVersions = { preferencesVersion: true, devicesVersion: true } as const

/** Those of the ids that nobody has, in the order given. */
export async function unknownUserIds({ pool }: Database, ids: readonly string[]): Promise<string[]> {
  const { rows } = await pool.query<{ user_id: string }>({
    name: 'known-users',
    text: 'SELECT user_id FROM users WHERE user_id = ANY($1)',
    values: [ids.filter(isStorableText)],
  })
  const known = new Set(rows.map((row) => row.user_id))
  return ids.filter((id) => !known.has(id))
}

/**
 * Inserts or changes all of them in one statement; ids must be distinct. What is undefined stays as it is, null clears
 * it, attributes are replaced as a whole.
 */
export async function upsertUsers({ pool }: Database, users: readonly UserInput[], now: Date): Promise<void> {
  const byId = JSON.stringify(Object.fromEntries(users.map(({ id, ...given }) => [id, given])))
  await pool.query({ name: 'upsert-users', text: upsert, values: [byId, now] })
}

// JSON.stringify leaves out what is undefined, so "?" tells whether a column was given. Sorted: two calls that share
// users lock them in the same order.
const upsert = `
  INSERT INTO users AS u (user_id, email, phone, time_zone, locale, region, attributes, created_at, updated_at)
  SELECT key, value ->> 'email', value ->> 'phone', value ->> 'timeZone', value ->> 'locale', value ->> 'region',
         coalesce(nullif(value -> 'attributes', 'null'), '{}'), $2, $2
  FROM jsonb_each($1::jsonb) ORDER BY key COLLATE "C"
  ON CONFLICT (user_id) DO UPDATE SET
    email = ${given('email', 'email')},
    phone = ${given('phone', 'phone')},
    time_zone = ${given('timeZone', 'time_zone')},
    locale = ${given('locale', 'locale')},
    region = ${given('region', 'region')},
    attributes = ${given('attributes', 'attributes')},
    updated_at = excluded.updated_at`

function given(field: string, column: string): string {
  return `CASE WHEN $1::jsonb -> excluded.user_id ? '${field}' THEN excluded.${column} ELSE u.${column} END`
}
