import type { Pool, PoolClient } from 'pg'
import type { Counts, Progress } from '../domain/funnel.ts'
import { addCounts, noCounts } from '../domain/funnel.ts'
import type { Notification } from '../domain/notification.ts'

/** Counts how far a notification is from its pages and slices. */
export async function readProgress(
  client: Pool | PoolClient,
  notification: Pick<Notification, 'id' | 'audience' | 'recipientCount'>,
): Promise<Progress> {
  const { rows } = await client.query<{
    counts: Counts[]
    queued: number
    awaiting_evidence: number
    deferred: number
  }>({
    name: 'read-progress',
    text: `SELECT
        (SELECT coalesce(jsonb_agg(counts), '[]') FROM page WHERE notification_id = $1)
          || (SELECT coalesce(jsonb_agg(counts), '[]') FROM slice WHERE notification_id = $1 AND NOT open)
          || (SELECT coalesce(jsonb_agg(correction), '[]') FROM slice
            WHERE notification_id = $1 AND correction IS NOT NULL) AS counts,
        (SELECT coalesce(sum(jsonb_array_length(targets)), 0)::int FROM slice
          WHERE notification_id = $1 AND open AND reason IS DISTINCT FROM 'evidence'
            AND reason IS DISTINCT FROM 'quiet_hours') AS queued,
        (SELECT coalesce(sum(jsonb_array_length(targets)), 0)::int FROM slice
          WHERE notification_id = $1 AND open AND reason = 'quiet_hours') AS deferred,
        (SELECT coalesce(sum(jsonb_array_length(targets)), 0)::int FROM slice
          WHERE notification_id = $1 AND open AND reason = 'evidence') AS awaiting_evidence`,
    values: [notification.id],
  })
  const [row] = rows
  return {
    audience: notification.audience.userIds.length,
    expanded: notification.recipientCount,
    queued: row?.queued ?? 0,
    awaitingEvidence: row?.awaiting_evidence ?? 0,
    deferred: row?.deferred ?? 0,
    ended: (row?.counts ?? []).reduce(addCounts, noCounts),
  }
}
