import type { Pool } from 'pg'
import type { DeliveryKey } from '../domain/ids.ts'

/** Of these ids of a provider, those that other deliveries of the same recipient on the same channel are known by. */
export async function messagesOfOthers(
  pool: Pool,
  { notificationId, recipientId, channel }: DeliveryKey,
  messageIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ id: string }>({
    name: 'messages-of-others',
    text: `SELECT a.provider_message_id AS id FROM delivery d
      JOIN delivery_attempt a USING (notification_id, recipient_id, channel)
      WHERE d.recipient_id = $1 AND d.channel = $2 AND d.notification_id <> $3 AND a.provider_message_id = ANY($4)`,
    values: [recipientId, channel, notificationId, messageIds],
  })
  return new Set(rows.map(({ id }) => id))
}
