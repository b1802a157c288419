import type { Pool, PoolClient } from 'pg'
import { type Counts, noCounts, type Progress } from '../domain/funnel.ts'
import type { Notification } from '../domain/notification.ts'
import { slicesOf } from './slices-of.ts'

/** Added up where they are: a campaign has thousands of slices. */
const ended = Object.keys(noCounts).map((stage) => `'${stage}', coalesce(sum((counts->'${stage}')::int), 0)`)

/** Counts how far a notification is from its pages and slices. */
export async function readProgress(
  client: Pool | PoolClient,
  notification: Pick<Notification, 'id' | 'audience' | 'recipientCount'>,
): Promise<Progress> {
  const { rows } = await client.query<{
    ended: Counts
    queued: number
    awaiting_evidence: number
    deferred: number
  }>({
    name: 'read-progress',
    text: `WITH slices AS MATERIALIZED (
        SELECT counts, correction, reason, CASE WHEN open THEN jsonb_array_length(targets) END AS waiting
        FROM slice WHERE ${slicesOf('$1')}
      )
      SELECT
        (SELECT jsonb_build_object(${ended}) FROM (
            SELECT counts FROM page WHERE notification_id = $1
            UNION ALL
            SELECT each.counts FROM slices, LATERAL (VALUES (slices.counts), (slices.correction)) AS each (counts)
              WHERE each.counts IS NOT NULL
          ) AS counted) AS ended,
        coalesce(sum(waiting) FILTER (WHERE reason IS DISTINCT FROM 'evidence'
          AND reason IS DISTINCT FROM 'quiet_hours'), 0)::int AS queued,
        coalesce(sum(waiting) FILTER (WHERE reason = 'quiet_hours'), 0)::int AS deferred,
        coalesce(sum(waiting) FILTER (WHERE reason = 'evidence'), 0)::int AS awaiting_evidence
      FROM slices`,
    values: [notification.id],
  })
  const [row] = rows
  return {
    // How many a stored audience holds is known when its last page has been made.
    audience: 'userIds' in notification.audience ? notification.audience.userIds.length : notification.recipientCount,
    expanded: notification.recipientCount,
    queued: row?.queued ?? 0,
    awaitingEvidence: row?.awaiting_evidence ?? 0,
    deferred: row?.deferred ?? 0,
    ended: row?.ended ?? noCounts,
  }
}
