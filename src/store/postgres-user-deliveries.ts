import type { Pool } from 'pg'
import type { Channel, DeliveryState } from '../domain/words.ts'
import type { Delivery } from './deliveries.ts'
import type { UserDeliveryPosition } from './user-deliveries.ts'

interface Row {
  readonly notification_id: string
  readonly channel: Channel
  readonly state: DeliveryState
  readonly reason: string | null
  readonly deferred_until: Date | null
  readonly provider: string | null
  readonly updated_at: Date
}

/** What is known of a user's deliveries, her inbox items among them: newest notification first, then by channel. */
export async function listDeliveriesOf(
  pool: Pool,
  userId: string,
  after: UserDeliveryPosition | undefined,
  limit: number,
): Promise<readonly Delivery[]> {
  const { rows } = await pool.query<Row>({
    name: 'list-deliveries-of',
    text: `SELECT * FROM (
        (SELECT notification_id, channel, state, reason, deferred_until, provider, updated_at FROM delivery
          WHERE recipient_id = $1 AND ${behind('notification_id', 'channel')}
          ORDER BY notification_id DESC, channel LIMIT $4)
        UNION ALL
        (SELECT notification_id, 'IN_APP', 'SENT', NULL, NULL, NULL, sent_at FROM inbox_item
          WHERE user_id = $1 AND ${behind('notification_id', `'IN_APP'`)}
            AND NOT EXISTS (SELECT FROM delivery fallback WHERE fallback.notification_id = inbox_item.notification_id
              AND fallback.recipient_id = $1 AND fallback.channel = 'IN_APP')
          ORDER BY notification_id DESC LIMIT $4)
      ) AS known ORDER BY notification_id DESC, channel LIMIT $4`,
    values: [userId, after?.notificationId, after?.channel, limit],
  })
  return rows.map((row) => ({
    notificationId: row.notification_id,
    recipientId: userId,
    channel: row.channel,
    state: row.state,
    reason: row.reason,
    deferredUntil: row.deferred_until,
    provider: row.provider,
    updatedAt: row.updated_at,
  }))
}

function behind(notificationId: string, channel: string): string {
  return `($2::text IS NULL OR ${notificationId} < $2 OR (${notificationId} = $2 AND ${channel} > $3::text))`
}
