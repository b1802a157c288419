import type { Pool } from 'pg'
import type { InAppContent } from '../domain/content.ts'
import type { DeliveryState, Tier } from '../domain/words.ts'
import type { ChangedHead } from './inbox-write.ts'

/** What becomes of broadcasts in some inboxes. */
export interface Materialising {
  /** Those inboxes: from which broadcast to which. */
  readonly inboxes: readonly { readonly userId: string; readonly from: number; readonly upTo: number }[]
  /** What the items of each broadcast have in common, by its number. */
  readonly broadcasts: readonly MaterialisedBroadcast[]
  readonly fates: readonly BroadcastFate[]
}

export interface MaterialisedBroadcast {
  readonly number: number
  readonly notificationId: string
  readonly tier: Tier
  readonly category: string
  readonly data: unknown
  readonly sentAt: Date
}

/** What was decided for one user: an item, or why there is none. */
export interface BroadcastFate {
  readonly userId: string
  readonly number: number
  readonly state: Extract<DeliveryState, 'SENT' | 'SUPPRESSED' | 'FAILED'>
  readonly reason: string | null
  readonly at: Date
  /** null: there is none. */
  readonly content: InAppContent | null
}

/*
 * One statement, so the heads are locked for no longer than it takes, in one order for all. A head whose broadcast_seq is
 * not what it was when its broadcasts were looked for is left alone: somebody else has been here. (FOR UPDATE waits for
 * whoever has the lock, and checks that again; UPDATE then goes to the newest version of the row.) What has been cancelled
 * meanwhile is left out.
 */
const text = `
  WITH asked AS (
    SELECT * FROM json_to_recordset($1::json) AS a (user_id text, from_seq bigint, up_to bigint)
  ), common AS (
    SELECT c.* FROM json_to_recordset($2::json) AS c (number bigint, notification_id text, tier text, category text,
      data jsonb, sent_at timestamptz) JOIN broadcast b USING (number)
  ), locked AS MATERIALIZED (
    SELECT h.user_id FROM inbox_head h JOIN asked a USING (user_id) WHERE h.broadcast_seq = a.from_seq
    ORDER BY h.user_id FOR UPDATE OF h
  ), fate AS MATERIALIZED (
    SELECT f.*, c.notification_id, c.tier, c.category, c.data, c.sent_at
    FROM json_to_recordset($3::json) AS f (user_id text, number bigint, state text, reason text, at timestamptz,
        title text, body text, image_url text, deep_link text, actions jsonb)
      JOIN common c USING (number) JOIN locked USING (user_id)
    WHERE NOT EXISTS (SELECT FROM inbox_item i WHERE i.user_id = f.user_id AND i.notification_id = c.notification_id)
  ), added AS (
    SELECT *, row_number() OVER (PARTITION BY user_id ORDER BY number) AS position FROM fate WHERE state = 'SENT'
  ), counted AS (
    SELECT user_id, count(*)::integer AS items FROM added GROUP BY user_id
  ), head AS (
    UPDATE inbox_head h SET seq = h.seq + coalesce(c.items, 0), unread = h.unread + coalesce(c.items, 0),
      broadcast_seq = a.up_to, shown_at = now()
    FROM locked JOIN asked a USING (user_id) LEFT JOIN counted c USING (user_id)
    WHERE h.user_id = locked.user_id
    RETURNING h.user_id, h.seq, h.unread, coalesce(c.items, 0) AS items
  ), item AS (
    INSERT INTO inbox_item (user_id, notification_id, created_seq, changed_seq, tier, category, title, body, image_url,
      deep_link, actions, data, sent_at)
    SELECT user_id, notification_id, seq - items + position, seq - items + position, tier, category, title, body,
      image_url, deep_link, actions, nullif(data, 'null'), sent_at
    FROM added JOIN head USING (user_id)
  ), logged AS (
    INSERT INTO delivery (notification_id, recipient_id, channel, state, reason, provider, updated_at)
    SELECT notification_id, user_id, 'IN_APP', state, reason, NULL, at FROM fate ORDER BY notification_id, user_id
    ON CONFLICT DO NOTHING
  ), letter AS (
    INSERT INTO dead_letter (notification_id, recipient_id, channel, provider, reason, attempts, at, page, expires_at)
    SELECT f.notification_id, f.user_id, 'IN_APP', NULL, f.reason, 0, f.at, 0, n.expires_at
    FROM fate f JOIN notification n ON n.id = f.notification_id WHERE f.state = 'FAILED'
    ON CONFLICT DO NOTHING
  )
  SELECT user_id AS "userId", seq::float8 AS seq, unread, items FROM head`

export interface MaterialisedHead extends ChangedHead {
  /** How many items have come. */
  readonly items: number
}

/** {@link InboxLog.materialise} where items are in PostgreSQL, too. */
export async function materialise(pool: Pool, work: Materialising): Promise<readonly MaterialisedHead[]> {
  const { inboxes, broadcasts, fates } = work
  const { rows } = await pool.query<MaterialisedHead>({
    name: 'materialise',
    text,
    values: [
      JSON.stringify(inboxes.map(({ userId, from, upTo }) => ({ user_id: userId, from_seq: from, up_to: upTo }))),
      JSON.stringify(broadcasts.map(commonOf)),
      JSON.stringify(fates.map(rowOf)),
    ],
  })
  return rows
}

/** Makes heads where there are none: what is put off until there is something to lock. */
export async function makeHeads(pool: Pool, userIds: readonly string[]): Promise<void> {
  if (userIds.length === 0) return
  await pool.query({
    name: 'make-heads',
    text: `INSERT INTO inbox_head (user_id) SELECT id FROM unnest($1::text[]) AS id ORDER BY id ON CONFLICT DO NOTHING`,
    values: [userIds],
  })
}

function commonOf({ number, notificationId, tier, category, data, sentAt }: MaterialisedBroadcast) {
  return { number, notification_id: notificationId, tier, category, data, sent_at: sentAt }
}

function rowOf({ userId, number, state, reason, at, content }: BroadcastFate) {
  const { title, body, imageUrl, deepLink, actions } = content ?? {}
  return { user_id: userId, number, state, reason, at, title, body, image_url: imageUrl, deep_link: deepLink, actions }
}
