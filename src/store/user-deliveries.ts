import type { Pool } from 'pg'
import type { Channel, DeliveryState } from '../domain/words.ts'
import type { Delivery } from './deliveries.ts'
import { isReadInInbox } from './read-in-inbox.ts'

interface Row {
  readonly notification_id: string
  readonly channel: Channel
  readonly state: DeliveryState
  readonly reason: string | null
  readonly deferred_until: Date | null
  readonly provider: string | null
  readonly updated_at: Date
}

export interface UserDeliveryPosition {
  readonly notificationId: string
  readonly channel: string
}

/** The deliveries of a user on all channels, newest notification first: ended, in her inbox, and still waiting. */
export async function listUserDeliveries(
  pool: Pool,
  userId: string,
  after: UserDeliveryPosition | undefined,
  limit: number,
): Promise<Delivery[]> {
  const { rows } = await pool.query<Row>({
    name: 'list-user-deliveries',
    text: `SELECT * FROM (
        (SELECT notification_id, channel, state, reason, deferred_until, provider, updated_at FROM delivery
          WHERE recipient_id = $1 AND ${behind('notification_id', 'channel')}
          ORDER BY notification_id DESC, channel LIMIT $4)
        UNION ALL
        (SELECT notification_id, 'IN_APP', 'SENT', NULL, NULL, NULL, sent_at FROM inbox_item
          WHERE user_id = $1 AND ${behind('notification_id', `'IN_APP'`)}
          ORDER BY notification_id DESC LIMIT $4)
        UNION ALL
        (SELECT s.notification_id, s.channel,
            CASE WHEN is_read THEN 'CANCELLED' WHEN s.reason = 'quiet_hours' THEN 'DEFERRED' ELSE 'PENDING' END,
            CASE WHEN is_read THEN 'read_in_inbox' WHEN s.reason = 'quiet_hours' THEN s.reason
              WHEN s.reason = 'redrive' THEN 'redriven' END,
            CASE WHEN NOT is_read THEN (t.target->>'until')::timestamptz END, NULL, s.created_at
          FROM slice s CROSS JOIN LATERAL jsonb_array_elements(s.targets) AS t (target)
            CROSS JOIN LATERAL (
              SELECT t.target ? 'until' AND ${isReadInInbox('$1', 's.notification_id')} AS is_read
            ) AS inbox
          WHERE s.open AND s.targets @> jsonb_build_array(jsonb_build_object('recipientId', $1::text))
            AND t.target->>'recipientId' = $1
            AND ${behind('s.notification_id', 's.channel')}
            AND NOT EXISTS (SELECT FROM delivery d
              WHERE d.notification_id = s.notification_id AND d.recipient_id = $1 AND d.channel = s.channel)
          ORDER BY s.notification_id DESC, s.channel LIMIT $4)
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
