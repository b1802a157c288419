import type { Pool, PoolClient } from 'pg'
import type { DeliveryKey } from '../domain/ids.ts'

export interface Attempt {
  readonly attempt: number
  readonly at: Date
  readonly provider: string
  readonly outcome: string
  readonly code: string | null
  readonly latencyMs: number
}

interface Row {
  readonly notification_id: string
  readonly recipient_id: string
  readonly channel: string
  readonly attempt: number
  readonly at: Date
  readonly provider: string
  readonly outcome: string
  readonly code: string | null
  readonly latency_ms: number
}

/** The attempts at each of the deliveries, oldest first, in one read. */
export async function readAttempts(
  client: Pool | PoolClient,
  keys: readonly DeliveryKey[],
): Promise<readonly (readonly Attempt[])[]> {
  const { rows } = await client.query<Row>({
    name: 'read-attempts',
    text: `SELECT a.* FROM unnest($1::text[], $2::text[], $3::text[]) AS k (notification_id, recipient_id, channel)
      JOIN delivery_attempt a USING (notification_id, recipient_id, channel)
      ORDER BY a.at, a.attempt, a.target`,
    values: [keys.map((key) => key.notificationId), keys.map((key) => key.recipientId), keys.map((key) => key.channel)],
  })
  const byKey = Map.groupBy(rows, (row) => `${row.notification_id} ${row.recipient_id} ${row.channel}`)
  return keys.map((key) =>
    (byKey.get(`${key.notificationId} ${key.recipientId} ${key.channel}`) ?? []).map((row) => ({
      attempt: row.attempt,
      at: row.at,
      provider: row.provider,
      outcome: row.outcome,
      code: row.code,
      latencyMs: row.latency_ms,
    })),
  )
}
