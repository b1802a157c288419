import type { Pool } from 'pg'
import type { Database } from './database.ts'

/**
 * Those of these users whom a notification does not have to reach any more: they have read it in the inbox, and its
 * template says that they then get it nowhere else.
 */
export async function readersInInbox(
  { pool, log }: Pick<Database, 'pool' | 'log'>,
  notificationId: string,
  userIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (!(await readCancelsOthers(pool, [notificationId])).has(notificationId)) return new Set()
  const read = await log.areRead(userIds.map((userId) => ({ notificationId, userId })))
  return new Set(userIds.filter((_userId, index) => read[index]))
}

/** Those of these notifications whose templates say that who has read it in the inbox gets it nowhere else. */
export async function readCancelsOthers(pool: Pool, notificationIds: readonly string[]): Promise<ReadonlySet<string>> {
  if (notificationIds.length === 0) return new Set()
  const { rows } = await pool.query<{ id: string }>({
    name: 'read-cancels-others',
    text: `SELECT sent.id FROM notification sent
      JOIN template_version template ON template.name = sent.template AND template.version = sent.template_version
      WHERE sent.id = ANY($1) AND template.read_cancels_others`,
    values: [notificationIds],
  })
  return new Set(rows.map(({ id }) => id))
}
