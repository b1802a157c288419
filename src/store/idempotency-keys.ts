import type { Pool, PoolClient } from 'pg'

export interface Idempotency {
  readonly key: string
  readonly requestHash: Buffer
}

export interface StoredKey {
  /** The notification or campaign that was made with it. */
  readonly madeId: string
  readonly requestHash: Buffer
}

export async function findIdempotencyKey(
  pool: Pool | PoolClient,
  callerId: string,
  key: string,
): Promise<StoredKey | undefined> {
  const { rows } = await pool.query<StoredKey>({
    name: 'idempotency-key',
    text: `SELECT notification_id AS "madeId", request_hash AS "requestHash" FROM idempotency_key
      WHERE caller_id = $1 AND key = $2`,
    values: [callerId, key],
  })
  return rows[0]
}

/** Takes a key for what is made in the same transaction; false: it is taken, and younger than 24 hours. */
export async function takeIdempotencyKey(
  client: PoolClient,
  callerId: string,
  { key, requestHash }: Idempotency,
  madeId: string,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `INSERT INTO idempotency_key (caller_id, key, request_hash, notification_id) VALUES ($1, $2, $3, $4)
      ON CONFLICT (caller_id, key) DO UPDATE
        SET request_hash = excluded.request_hash, notification_id = excluded.notification_id, created_at = now()
        WHERE idempotency_key.created_at < now() - interval '24 hours'`,
    [callerId, key, requestHash, madeId],
  )
  return rowCount === 1
}
