import type { Pool } from 'pg'
import { funnelOf } from '../domain/funnel.ts'
import { inTransaction } from './database.ts'
import { readProgress } from './funnel.ts'
import { type NotificationRow, notificationColumns, toNotification } from './notification-row.ts'

/**
 * Finishes a notification whose audience is expanded once none of its slices is open: stores its funnel, deletes
 * what is secret. True when it is done; else it is looked at again when its next slice falls due.
 */
export function finishNotification(pool: Pool, id: string): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<NotificationRow & { readonly waits: boolean }>({
      name: 'lock-to-finish',
      text: `SELECT ${notificationColumns}, state IN ('DELIVERING', 'CANCELLED') AND due_at IS NOT NULL AS waits
        FROM notification WHERE id = $1 FOR UPDATE`,
      values: [id],
    })
    const [row] = rows
    if (!row?.waits) return false
    const open = await client.query<{ due_at: Date | null }>({
      name: 'next-open-slice',
      text: 'SELECT min(due_at) AS due_at FROM slice WHERE notification_id = $1 AND open',
      values: [id],
    })
    const nextDue = open.rows[0]?.due_at
    if (nextDue) {
      await client.query(
        `UPDATE notification SET due_at = greatest($2, now()) + interval '5 seconds', generation = 0 WHERE id = $1`,
        [id, nextDue],
      )
      return false
    }
    const funnel = funnelOf(await readProgress(client, toNotification(row)))
    await client.query({
      name: 'finish',
      text: `UPDATE notification SET state = CASE state WHEN 'CANCELLED' THEN state ELSE 'DONE' END,
        funnel = $2, secret = NULL, due_at = NULL, done_at = now() WHERE id = $1`,
      values: [id, JSON.stringify(funnel)],
    })
    return true
  })
}
