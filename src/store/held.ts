import type { Pool, PoolClient } from 'pg'
import type { Slice } from '../domain/notification.ts'
import { isReadInInbox } from './read-in-inbox.ts'

/** Notes what quiet hours hold back in these slices, which stand in the same transaction. */
export async function insertHeld(client: PoolClient, sliceIds: readonly string[]): Promise<void> {
  await client.query({
    name: 'insert-held',
    text: `INSERT INTO held (recipient_id, channel, category, release, notification_id)
      SELECT target->>'recipientId', s.channel, n.category, (target->>'until')::timestamptz, s.notification_id
      FROM slice s JOIN notification n ON n.id = s.notification_id, jsonb_array_elements(s.targets) AS target
      WHERE s.id = ANY($1)
      ON CONFLICT DO NOTHING`,
    values: [sliceIds],
  })
}

/**
 * Those recipients of a slice that quiet hours held for whom too many end together, and theirs is not the newest. What they
 * have read in the inbox meanwhile is not sent, so it is no newest one.
 */
export async function mergedRecipients(
  pool: Pool,
  slice: Slice,
  category: string,
  mergeAbove: number,
): Promise<ReadonlySet<string>> {
  const held = slice.targets.filter(({ until }) => until !== undefined)
  if (held.length === 0) return new Set()
  const { rows } = await pool.query<{ recipient_id: string }>({
    name: 'merged-recipients',
    text: `SELECT h.recipient_id FROM unnest($1::text[], $2::timestamptz[]) AS mine (recipient_id, release)
      JOIN held h USING (recipient_id, release)
      WHERE h.channel = $3 AND h.category = $4 AND NOT ${isReadInInbox('h.recipient_id', 'h.notification_id')}
      GROUP BY h.recipient_id, h.release
      HAVING count(*) > $5 AND max(h.notification_id) > $6`,
    values: [
      held.map(({ recipientId }) => recipientId),
      held.map(({ until }) => until),
      slice.channel,
      category,
      mergeAbove,
      slice.notificationId,
    ],
  })
  return new Set(rows.map((row) => row.recipient_id))
}
