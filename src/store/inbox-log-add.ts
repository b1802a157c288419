import type pg from 'pg'
import type { Month } from '../domain/log-months.ts'
import type { ChangedHead, NewInboxItem } from './inbox-write.ts'
import type { OpenOutbox } from './log-outbox.ts'

/** Heads come in one order, and their locks are held until commit: as with the log in PostgreSQL. */
const moveHeads = {
  name: 'inbox-log-add',
  text: `INSERT INTO inbox_head (user_id, seq, unread, log)
    SELECT user_id, 1, 1, inbox_log_with_item(NULL, 1, $2, $3, $4)
    FROM unnest($1::text[]) AS added (user_id) ORDER BY user_id
    ON CONFLICT (user_id) DO UPDATE SET seq = inbox_head.seq + 1,
      unread = inbox_head.unread + 1 - inbox_log_expired(inbox_head.log, $3),
      removed_seq = CASE WHEN inbox_log_expired(inbox_head.log, $3) > 0
        THEN inbox_head.seq ELSE inbox_head.removed_seq END,
      log = inbox_log_with_item(inbox_head.log, inbox_head.seq + 1, $2, $3, $4)
    RETURNING user_id AS "userId", seq::float8 AS seq, unread, (log->'months'->-1->>0)::int AS month`,
}

interface AddedHead extends ChangedHead {
  readonly month: Month
}

/** Takes the sequences of these items, each of another user, and puts them into the outbox of the transaction. */
export async function addInboxItems(
  client: pg.ClientBase,
  items: readonly NewInboxItem[],
  outbox: OpenOutbox,
  { month, oldest }: { readonly month: Month; readonly oldest: Month },
): Promise<readonly ChangedHead[]> {
  if (items.length === 0) return []
  const { rows } = await client.query<AddedHead>({
    ...moveHeads,
    values: [items.map(({ userId }) => userId), month, oldest, outbox.id],
  })
  const heads = new Map(rows.map((head) => [head.userId, head]))
  for (const { userId, sentAt, ...item } of items) {
    const head = heads.get(userId)
    if (head === undefined) throw new Error('an inbox has no head')
    const { seq, month: given } = head
    outbox.addEntry(userId, { kind: 'item', seq, month: given, item: { ...item, sentAt: sentAt.toISOString() } })
  }
  return rows.map(({ userId, seq, unread }) => ({ userId, seq, unread }))
}
