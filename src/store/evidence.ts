import type { Pool } from 'pg'
import { type DeliveryKey, deliveryId } from '../domain/ids.ts'

/**
 * The ids of those deliveries that a provider is known to have accepted: it has told us so, then or later, or its answer
 * is in the log. Of a push only the former counts: each of its devices is asked for by itself.
 */
export async function readEvidence(pool: Pool, keys: readonly DeliveryKey[]): Promise<ReadonlySet<string>> {
  if (keys.length === 0) return new Set()
  const { rows } = await pool.query<{ index: number }>({
    name: 'read-evidence',
    text: `SELECT key.index::int AS index
      FROM unnest($1::text[], $2::text[], $3::text[])
        WITH ORDINALITY AS key (notification_id, recipient_id, channel, index)
      JOIN delivery d USING (notification_id, recipient_id, channel)
      WHERE d.reported OR (d.channel <> 'PUSH' AND d.state IN ('SENT', 'DELIVERED'))`,
    values: [keys.map((key) => key.notificationId), keys.map((key) => key.recipientId), keys.map((key) => key.channel)],
  })
  return new Set(rows.flatMap(({ index }) => keys.slice(index - 1, index).map(deliveryId)))
}
