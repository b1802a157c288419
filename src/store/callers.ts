import { createHash } from 'node:crypto'
import type { Caller } from '../domain/principal.ts'
import { tiers } from '../domain/words.ts'
import type { Database } from './database.ts'
import type { Caller as CallerRow } from './generated/client.ts'

export type Grants = Pick<Caller, 'name' | 'tiers' | 'perMinute' | 'bulk' | 'admin' | 'campaignPerSecond'>

/** An API key from 32 random bytes. It is shown once; only its hash is stored. */
export function newApiKey(random: Uint8Array): string {
  return `car_${Buffer.from(random).toString('base64url')}`
}

/** SHA-256: keys are 256 random bits, so a slow hash would add nothing. */
export function hashApiKey(apiKey: string): Buffer {
  return createHash('sha256').update(apiKey).digest()
}

/** The caller whose key has this hash: the current one, or the one before it for an hour; nobody who was revoked. */
export async function findCallerByKey({ pool }: Database, keyHash: Buffer): Promise<Caller | undefined> {
  const { rows } = await pool.query<Omit<CallerRow, SecretColumn>>({
    name: 'caller-by-key',
    text: `SELECT ${columns} FROM caller
           WHERE (key_hash = $1 OR (previous_key_hash = $1 AND previous_key_expires_at > now())) AND revoked_at IS NULL`,
    values: [keyHash],
  })
  return rows[0] && toCaller(rows[0])
}

export async function listCallers({ prisma }: Database): Promise<Caller[]> {
  return (await prisma.caller.findMany({ orderBy: { id: 'asc' } })).map(toCaller)
}

export async function findCaller({ prisma }: Database, id: string): Promise<Caller | undefined> {
  const row = await prisma.caller.findUnique({ where: { id } })
  return row ? toCaller(row) : undefined
}

export interface NewCaller extends Grants {
  readonly id: string
  readonly keyHash: Buffer
  readonly createdAt: Date
}

export async function insertCaller({ prisma }: Database, caller: NewCaller): Promise<Caller> {
  const data = { ...caller, tiers: [...caller.tiers], keyHash: new Uint8Array(caller.keyHash) }
  return toCaller(await prisma.caller.create({ data }))
}

/**
 * Gives a caller a new key. The one it replaces works for one more hour; the one before that, if its hour is not over
 * yet, ends now. Nothing for a caller that is unknown or revoked.
 */
export async function replaceCallerKey({ pool }: Database, id: string, keyHash: Buffer): Promise<Caller | undefined> {
  const { rows } = await pool.query<Omit<CallerRow, SecretColumn>>(
    `UPDATE caller SET previous_key_hash = key_hash, previous_key_expires_at = now() + interval '1 hour', key_hash = $2
     WHERE id = $1 AND revoked_at IS NULL RETURNING ${columns}`,
    [id, keyHash],
  )
  return rows[0] && toCaller(rows[0])
}

/** Ends both keys at once. Repeating it keeps the first instant. */
export async function revokeCaller({ pool }: Database, id: string): Promise<Caller | undefined> {
  const { rows } = await pool.query<Omit<CallerRow, SecretColumn>>(
    `UPDATE caller SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1 RETURNING ${columns}`,
    [id],
  )
  return rows[0] && toCaller(rows[0])
}

type SecretColumn = 'keyHash' | 'previousKeyHash' | 'previousKeyExpiresAt'

const columns = `id, name, tiers, per_minute AS "perMinute", bulk, admin, campaign_per_second AS "campaignPerSecond",
  created_at AS "createdAt", revoked_at AS "revokedAt"`

function toCaller(row: Omit<CallerRow, SecretColumn>): Caller {
  return {
    id: row.id,
    name: row.name,
    tiers: tiers.filter((tier) => row.tiers.includes(tier)),
    perMinute: row.perMinute,
    bulk: row.bulk,
    admin: row.admin,
    campaignPerSecond: row.campaignPerSecond,
    createdAt: row.createdAt,
    revokedAt: row.revokedAt,
  }
}
