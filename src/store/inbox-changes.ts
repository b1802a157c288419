import type { Pool } from 'pg'
import type { InboxPosition, ItemAtChange } from '../domain/inbox-changes.ts'
import type { InboxItem } from '../domain/inbox-item.ts'
import { inboxItemColumns } from './inbox-columns.ts'

/*
 * An item that was added and has changed since comes twice: at both its sequences. If it came at the later one only,
 * somebody who stops in between would be told of a change of an item that he has never seen.
 */
const text = `
  SELECT * FROM (
    (SELECT created_seq::float8 AS seq, true AS "isNew", ${inboxItemColumns} FROM inbox_item
      WHERE user_id = $1 AND created_seq > $2::bigint AND created_seq <= $4::bigint
      ORDER BY created_seq LIMIT $5::integer)
    UNION ALL
    (SELECT changed_seq::float8 AS seq, false AS "isNew", ${inboxItemColumns} FROM inbox_item
      WHERE user_id = $1 AND (changed_seq, created_seq) > ($2::bigint, $3::bigint) AND changed_seq <= $4::bigint
        AND changed_seq > created_seq
      ORDER BY changed_seq, created_seq LIMIT $5::integer)
  ) change
  ORDER BY seq, "createdSeq" LIMIT $5::integer`

interface Row extends InboxItem {
  readonly seq: number
  readonly isNew: boolean
}

/** What has happened to an inbox after a position, up to a sequence, in order: at most `limit` items. */
export async function readInboxChanges(
  pool: Pool,
  userId: string,
  after: InboxPosition,
  upToSeq: number,
  limit: number,
): Promise<readonly ItemAtChange[]> {
  const { rows } = await pool.query<Row>({
    name: 'inbox-changes',
    text,
    values: [userId, after.seq, after.createdSeq, upToSeq, limit],
  })
  return rows.map(({ seq, isNew, ...item }) => ({ seq, isNew, item }))
}

/** One change of somebody's inbox. */
export interface OneChange {
  readonly userId: string
  readonly seq: number
}

const oneEachText = `
  SELECT wanted.n::integer AS n, wanted.seq::float8 AS seq, item.*
  FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS wanted (user_id, seq, n), LATERAL (
    SELECT true AS "isNew", ${inboxItemColumns} FROM inbox_item
      WHERE user_id = wanted.user_id AND created_seq = wanted.seq
    UNION ALL
    SELECT false AS "isNew", ${inboxItemColumns} FROM inbox_item
      WHERE user_id = wanted.user_id AND changed_seq = wanted.seq AND changed_seq > created_seq
  ) item
  ORDER BY wanted.n, item."createdSeq"`

/** What each of these changes, of as many inboxes, was made of: in their order, in one read. */
export async function readOneChangeEach(
  pool: Pool,
  wanted: readonly OneChange[],
): Promise<readonly (readonly ItemAtChange[])[]> {
  const { rows } = await pool.query<Row & { readonly n: number }>({
    name: 'inbox-one-change-each',
    text: oneEachText,
    values: [wanted.map(({ userId }) => userId), wanted.map(({ seq }) => seq)],
  })
  const changes: ItemAtChange[][] = wanted.map(() => [])
  for (const { n, seq, isNew, ...item } of rows) changes[n - 1]?.push({ seq, isNew, item })
  return changes
}
