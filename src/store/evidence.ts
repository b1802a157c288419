import type { Pool } from 'pg'
import type { Slice } from '../domain/notification.ts'

/**
 * The recipients of a slice whose delivery is known by now to have been accepted by a provider: it has reported on it, or
 * the worker that called it has told so late. Asks nothing where no delivery of the slice is in doubt.
 */
export async function readEvidence(pool: Pool, slice: Slice): Promise<ReadonlySet<string>> {
  const inDoubt = slice.targets.flatMap(({ recipientId, asked }) => (asked ? [recipientId] : []))
  if (inDoubt.length === 0) return new Set()
  const { rows } = await pool.query<{ recipient_id: string }>({
    name: 'read-evidence',
    text: `SELECT recipient_id FROM delivery
      WHERE notification_id = $1 AND channel = $2 AND recipient_id = ANY($3) AND state IN ('SENT', 'DELIVERED')`,
    values: [slice.notificationId, slice.channel, inDoubt],
  })
  return new Set(rows.map((row) => row.recipient_id))
}
