import type { Pool, PoolClient } from 'pg'
import { type AddressChannel, type AddressReason, canonicalAddress } from '../domain/suppressed-address.ts'

/** An address that no provider of its channel may be asked to reach any more. */
export interface SuppressedAddress {
  readonly channel: AddressChannel
  readonly address: string
  readonly reason: AddressReason
  /** When its provider said so. */
  readonly at: Date
}

/**
 * Nothing goes to this address any more, whoever has it and whichever provider would be asked; obeyed by every process
 * from now on. Repeating it changes nothing.
 */
export function suppressAddress(client: Pool | PoolClient, suppressed: SuppressedAddress): Promise<void> {
  return suppressAddresses(client, [suppressed])
}

export async function suppressAddresses(
  client: Pool | PoolClient,
  suppressed: readonly SuppressedAddress[],
): Promise<void> {
  if (suppressed.length === 0) return
  await client.query({
    name: 'suppress-addresses',
    // DISTINCT: one statement must not meet a row twice. In one order: two of them lock the rows they share alike.
    text: `INSERT INTO suppressed_address AS known (channel, address, reason, at)
      SELECT DISTINCT ON (channel, address) channel, address, reason, at
      FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]) AS given (channel, address, reason, at)
      ORDER BY channel, address, reason = 'stopped'
      ON CONFLICT (channel, address) DO UPDATE SET reason = excluded.reason, at = excluded.at
        WHERE known.reason = 'stopped' AND excluded.reason <> 'stopped'`,
    values: [
      suppressed.map(({ channel }) => channel),
      suppressed.map(({ channel, address }) => canonicalAddress(channel, address)),
      suppressed.map(({ reason }) => reason),
      suppressed.map(({ at }) => at),
    ],
  })
}

/** Her provider sends to her again: she has answered START. What else is known of her number stays. */
export async function liftStop(pool: Pool, userId: string): Promise<void> {
  await pool.query({
    name: 'lift-stop',
    text: `DELETE FROM suppressed_address USING users
      WHERE users.user_id = $1 AND channel = 'SMS' AND address = users.phone AND reason = 'stopped'`,
    values: [userId],
  })
}

/** An address that a provider has complained about, known by its digest alone. */
export interface ReportedAddress extends Omit<SuppressedAddress, 'address'> {
  /** Whom it was used for. */
  readonly userId: string
  readonly digest: string
}

/**
 * Suppresses those of the addresses that their users still have. A provider may report days later: by then an address may
 * be somebody's old one.
 */
export async function suppressReported(
  pool: Pool,
  reported: readonly ReportedAddress[],
  digestOf: (channel: AddressChannel, address: string) => string,
): Promise<void> {
  if (reported.length === 0) return
  const { rows } = await pool.query<{ user_id: string; email: string | null; phone: string | null }>({
    name: 'addresses-of',
    text: 'SELECT user_id, email, phone FROM users WHERE user_id = ANY($1)',
    values: [reported.map(({ userId }) => userId)],
  })
  const users = new Map(rows.map((row) => [row.user_id, { EMAIL: row.email, SMS: row.phone }]))
  const current = reported.flatMap(({ userId, digest, ...rest }) => {
    const address = users.get(userId)?.[rest.channel] ?? null
    return address !== null && digestOf(rest.channel, address) === digest ? [{ ...rest, address }] : []
  })
  await suppressAddresses(pool, current)
}
