import type { Pool } from 'pg'
import type { Channel, DeliveryState, ProviderName } from '../domain/words.ts'
import type { LoggedDelivery } from './delivery-log.ts'

interface Row {
  readonly recipient_id: string
  readonly state: DeliveryState
  readonly reason: string | null
  readonly provider: ProviderName | null
  readonly updated_at: Date
}

/** {@link DeliveryLog.listLogged} where deliveries are in PostgreSQL. */
export async function listLogged(
  pool: Pool,
  notificationId: string,
  channel: Channel,
  behind: string,
  limit: number,
): Promise<readonly LoggedDelivery[]> {
  const { rows } = await pool.query<Row>({
    name: 'list-logged-deliveries',
    text: `SELECT recipient_id, state, reason, provider, updated_at FROM delivery
      WHERE notification_id = $1 AND recipient_id > $3 AND channel = $2 ORDER BY recipient_id LIMIT $4`,
    values: [notificationId, channel, behind, limit],
  })
  return rows.map(({ recipient_id: recipientId, updated_at: updatedAt, ...row }) => ({
    ...{ ...row, notificationId, recipientId, channel, updatedAt },
  }))
}

/** {@link DeliveryLog.countLogged} where deliveries are in PostgreSQL. */
export async function countLogged(
  pool: Pool,
  notificationId: string,
  channel: Channel,
): Promise<ReadonlyMap<DeliveryState, number>> {
  const { rows } = await pool.query<{ state: DeliveryState; count: number }>({
    name: 'count-logged-deliveries',
    text: `SELECT state, count(*)::int AS count FROM delivery WHERE notification_id = $1 AND channel = $2 GROUP BY state`,
    values: [notificationId, channel],
  })
  return new Map(rows.map(({ state, count }) => [state, count]))
}
