import type { Pool, PoolClient } from 'pg'
import type { Notification } from '../domain/notification.ts'
import { deleteBroadcast, hasBroadcast } from './broadcasts.ts'
import { inTransaction } from './database.ts'
import { type NotificationRow, toNotification } from './notification-row.ts'
import { slicesOf } from './slices-of.ts'

/**
 * Cancels a notification that has not come to its end. Its open slices fall due at once, so that whoever takes them
 * closes them without a call; its broadcast is over. Undefined, and nothing changed, when it was done or cancelled already.
 */
export function cancelNotification(pool: Pool, id: string): Promise<Notification | undefined> {
  return inTransaction(pool, (client) => cancelWithin(client, id))
}

/** The same within a transaction. */
export async function cancelWithin(client: PoolClient, id: string): Promise<Notification | undefined> {
  const { rows } = await client.query<NotificationRow>(
    `UPDATE notification SET state = 'CANCELLED', due_at = now()
      WHERE id = $1 AND (state NOT IN ('DONE', 'CANCELLED') OR (state = 'DONE' AND ${hasBroadcast('notification.id')}))
      RETURNING *`,
    [id],
  )
  const [row] = rows
  if (row === undefined) return undefined
  await client.query(`UPDATE slice SET due_at = now() WHERE ${slicesOf('$1')} AND open`, [id])
  await deleteBroadcast(client, id)
  // What is cancelled is not the newest of anything any more.
  await client.query('DELETE FROM held WHERE notification_id = $1', [id])
  return toNotification(row)
}
