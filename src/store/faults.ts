import type { Pool } from 'pg'
import { inTransaction } from './database.ts'
import { writeDeadLetters } from './dead-letters.ts'

/** Notes that a worker has failed at a slice by a fault of ours. */
export async function noteSliceFault(pool: Pool, sliceId: string): Promise<void> {
  await pool.query({
    name: 'note-slice-fault',
    text: 'UPDATE slice SET faults = faults + 1 WHERE id = $1 AND open',
    values: [sliceId],
  })
}

/** Notes that a worker has failed at expanding, or the relay at finishing, a notification by a fault of ours. */
export async function noteNotificationFault(pool: Pool, notificationId: string): Promise<void> {
  await pool.query({
    name: 'note-notification-fault',
    text: 'UPDATE notification SET faults = faults + 1 WHERE id = $1 AND due_at IS NOT NULL',
    values: [notificationId],
  })
}

/** `expired`: its deadline is long past, and nobody has ended it: whoever tries dies of it. */
export interface Hopeless {
  readonly id: string
  readonly reason: 'internal_error' | 'expired'
}

/** With the leases of rows that fall due again and again, twenty are twenty minutes: time for a fault to be mended. */
const faultsAtMost = 20
/** Workers that were all away meanwhile end by themselves what has expired. */
const grace = `interval '1 hour'`

/** Those of these slices that it makes no sense to hand out any more. */
export async function findHopelessSlices(pool: Pool, sliceIds: readonly string[]): Promise<Hopeless[]> {
  const { rows } = await pool.query<Hopeless>(
    `SELECT s.id, CASE WHEN s.faults >= ${faultsAtMost} THEN 'internal_error' ELSE 'expired' END AS reason
      FROM slice s JOIN notification n ON n.id = s.notification_id
      WHERE s.id = ANY($1) AND s.open AND (s.faults >= ${faultsAtMost} OR n.expires_at < now() - ${grace})`,
    [sliceIds],
  )
  return rows
}

/** Those of these notifications that it makes no sense to try any more. */
export async function findHopelessNotifications(pool: Pool, notificationIds: readonly string[]): Promise<Hopeless[]> {
  const { rows } = await pool.query<Hopeless>(
    `SELECT id, CASE WHEN faults >= ${faultsAtMost} THEN 'internal_error' ELSE 'expired' END AS reason
      FROM notification
      WHERE id = ANY($1) AND due_at IS NOT NULL AND (faults >= ${faultsAtMost} OR expires_at < now() - ${grace})`,
    [notificationIds],
  )
  return rows
}

/**
 * Gives up on a notification as a whole: a dead letter says so. What of its audience is not expanded never will be;
 * deliveries that there are go on. One that cannot even be finished is done without.
 */
export function endHopelessNotification(pool: Pool, { id, reason }: Hopeless): Promise<void> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ pages: number; now: Date }>(
      `UPDATE notification SET
          state = CASE WHEN state = ANY($2) THEN 'DELIVERING' WHEN state = 'DELIVERING' THEN 'DONE' ELSE state END,
          due_at = CASE WHEN state = ANY($2) THEN now() END,
          done_at = CASE WHEN state = ANY($2) THEN NULL ELSE now() END,
          secret = CASE WHEN state = ANY($2) THEN secret END,
          faults = 0
        WHERE id = $1 AND due_at IS NOT NULL RETURNING pages, now()`,
      [id, ['SCHEDULED', 'ACCEPTED', 'FANNING_OUT']],
    )
    const [row] = rows
    if (row === undefined) return
    const letter = { notificationId: id, channel: null, recipientId: null, provider: null, attempts: 0, at: row.now }
    await writeDeadLetters(client, row.pages, [{ ...letter, reason }])
  })
}
