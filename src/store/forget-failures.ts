import type { PoolClient } from 'pg'
import type { DeliveryKey } from '../domain/ids.ts'
import { keysSql, nextValue } from './dead-letter-filter.ts'

/** See `forgetFailures` of {@link LogWrites}. */
export async function forgetFailures(client: PoolClient, keys: readonly DeliveryKey[]): Promise<void> {
  const values: unknown[] = []
  const named = keysSql(keys, nextValue(values))
  await client.query(
    `DELETE FROM delivery WHERE state = 'FAILED' AND (notification_id, recipient_id, channel) IN (${named})`,
    values,
  )
}
