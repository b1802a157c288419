import type { PoolClient } from 'pg'
import type { Slice } from '../domain/notification.ts'
import type { Database } from './database.ts'
import { readCancelsOthers } from './read-in-inbox.ts'

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
  { pool, log }: Pick<Database, 'pool' | 'log'>,
  slice: Slice,
  category: string,
  mergeAbove: number,
): Promise<ReadonlySet<string>> {
  const held = slice.targets.filter(({ until }) => until !== undefined)
  if (held.length === 0) return new Set()
  const { rows } = await pool.query<HeldRow>({
    name: 'held-together',
    text: `SELECT h.recipient_id, h.notification_id FROM unnest($1::text[], $2::timestamptz[]) AS mine (recipient_id, release)
      JOIN held h USING (recipient_id, release)
      WHERE h.channel = $3 AND h.category = $4`,
    values: [held.map(({ recipientId }) => recipientId), held.map(({ until }) => until), slice.channel, category],
  })
  const crowded = [...Map.groupBy(rows, (row) => row.recipient_id)].filter(([, each]) => each.length > mergeAbove)
  const unread = await withoutRead(
    { pool, log },
    crowded.flatMap(([, each]) => each),
  )
  const remaining = Map.groupBy(unread, (row) => row.recipient_id)
  return new Set(
    [...remaining].flatMap(([recipientId, each]) => {
      const isNewest = !each.some((row) => row.notification_id > slice.notificationId)
      return each.length > mergeAbove && !isNewest ? [recipientId] : []
    }),
  )
}

interface HeldRow {
  readonly recipient_id: string
  readonly notification_id: string
}

/** Those that have not been read in the inbox, where that is enough. */
async function withoutRead(
  { pool, log }: Pick<Database, 'pool' | 'log'>,
  rows: readonly HeldRow[],
): Promise<readonly HeldRow[]> {
  const asked = await readCancelsOthers(pool, [...new Set(rows.map((row) => row.notification_id))])
  if (asked.size === 0) return rows
  const read = await log.areRead(rows.map((row) => ({ userId: row.recipient_id, notificationId: row.notification_id })))
  return rows.filter((row, index) => !(asked.has(row.notification_id) && read[index]))
}
