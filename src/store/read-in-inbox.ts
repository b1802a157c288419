import type { Pool } from 'pg'

/**
 * SQL: whether a user has read a notification in the inbox, and its template says that she then gets it nowhere else. For
 * two expressions of the query around it.
 */
export function isReadInInbox(userId: string, notificationId: string): string {
  return `EXISTS (SELECT FROM inbox_item item
    JOIN notification sent ON sent.id = item.notification_id
    JOIN template_version template ON template.name = sent.template AND template.version = sent.template_version
    WHERE item.user_id = ${userId} AND item.notification_id = ${notificationId} AND item.read_at IS NOT NULL
      AND template.read_cancels_others)`
}

/** Those of these users whom a notification does not have to reach any more: see {@link isReadInInbox}. */
export async function readersInInbox(
  pool: Pool,
  notificationId: string,
  userIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ user_id: string }>({
    name: 'readers-in-inbox',
    text: `SELECT user_id FROM unnest($2::text[]) AS asked (user_id) WHERE ${isReadInInbox('asked.user_id', '$1')}`,
    values: [notificationId, userIds],
  })
  return new Set(rows.map((row) => row.user_id))
}
