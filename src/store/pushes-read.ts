import type { Pool } from 'pg'
import type { Tier } from '../domain/words.ts'

/** A push that somebody got, of a notification that she has read in the inbox since. */
export interface PushRead {
  readonly notificationId: string
  readonly callerId: string
  readonly collapseKey: string | null
}

/** Of these notifications, those of the tier whose templates say that reading is enough, and that she has as a push. */
export async function pushesRead(
  pool: Pool,
  tier: Tier,
  userId: string,
  notificationIds: readonly string[],
): Promise<readonly PushRead[]> {
  const { rows } = await pool.query<PushRead>({
    name: 'pushes-read',
    text: `
      SELECT sent.id AS "notificationId", sent.caller_id AS "callerId", sent.collapse_key AS "collapseKey"
      FROM delivery
      JOIN notification sent ON sent.id = delivery.notification_id
      JOIN template_version template ON template.name = sent.template AND template.version = sent.template_version
      WHERE delivery.recipient_id = $1 AND delivery.notification_id = ANY($2::text[]) AND delivery.channel = 'PUSH'
        AND delivery.state IN ('SENT', 'DELIVERED') AND sent.tier = $3 AND template.read_cancels_others`,
    values: [userId, notificationIds, tier],
  })
  return rows
}
