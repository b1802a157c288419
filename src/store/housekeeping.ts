import type { Pool } from 'pg'
import { endOldBroadcasts } from './broadcasts.ts'
import { deleteOldRecipients } from './campaign-parts.ts'
import { deactivateUnseen } from './devices.ts'
import { dropMonths, makeMonths } from './months.ts'
import { tidyNotifyLists } from './notify-lists.ts'

export interface Tidying {
  /** Devices that have not been seen for so long go out of use; 0: they never do. */
  readonly deviceInactiveDays: number
  /** Broadcasts wait for so long. */
  readonly broadcastDays: number
  /** For so long notifications are kept, and all that became of them; 0: for ever. */
  readonly retentionDays: number
}

/**
 * Deletes what is of no use any more: idempotency keys after a day, claims and notes of quiet hours long past, the
 * recipients of campaigns that have been expanded, the months that are not kept any more. Makes the months that come, and takes
 * devices out of use that nobody seems to have any more.
 */
export async function tidy(
  pool: Pool,
  { deviceInactiveDays, broadcastDays, retentionDays }: Tidying,
  now: Date,
): Promise<void> {
  await makeMonths(pool)
  await pool.query(`DELETE FROM idempotency_key WHERE created_at < now() - interval '24 hours'`)
  await pool.query('DELETE FROM claim WHERE expires_at < now()')
  await pool.query(`DELETE FROM held WHERE release < now() - interval '2 days'`)
  await deleteOldRecipients(pool)
  await endOldBroadcasts(pool, broadcastDays, now)
  await tidyNotifyLists(pool, now)
  await deactivateUnseen(pool, deviceInactiveDays, now)
  // A broadcast that waits needs its notification.
  await dropMonths(pool, retentionDays && Math.max(retentionDays, broadcastDays + 1), now)
}
