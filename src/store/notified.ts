import type { Pool } from 'pg'
import { type Notification, pageSize } from '../domain/notification.ts'
import type { NextRecipients } from './audience.ts'
import { openNotifyList } from './notify-lists.ts'

/** How far a broadcast has come with those who asked to be notified: first those who did since the list was made. */
interface Place {
  readonly version: number
  readonly builtAt: string
  /** The last of those who are not in the list; null: all of them are done with. */
  readonly behind: string | null
  /** The next page of the list. */
  readonly page: number
}

/**
 * The next followers of a broadcast's actor who asked to be notified of him: those who did so lately, then most recently
 * active first. Everybody who had asked when it was sent, and still follows and asks, is on one page; nobody is on two.
 */
export async function nextNotified(pool: Pool, notification: Notification, now: Date): Promise<NextRecipients> {
  const { audience, audienceCursor } = notification
  if (!('followersOf' in audience)) throw new Error('a broadcast that is not for followers')
  const walk = { pool, actorId: audience.followersOf, sentAt: notification.sendAt ?? notification.createdAt }
  const place = audienceCursor === null ? await begin(walk, now) : placeOf(audienceCursor)
  const lately = place.behind === null ? undefined : await nextLately(walk, place, place.behind)
  return lately ?? nextListed(walk, place)
}

interface Walk {
  readonly pool: Pool
  readonly actorId: string
  readonly sentAt: Date
}

async function begin({ pool, actorId }: Walk, now: Date): Promise<Place> {
  const { version, builtAt } = await openNotifyList(pool, actorId, now)
  return { version, builtAt: builtAt.toISOString(), behind: '', page: 0 }
}

/** Undefined: there are none (any more). */
async function nextLately(
  { pool, actorId, sentAt }: Walk,
  place: Place,
  behind: string,
): Promise<NextRecipients | undefined> {
  const { rows } = await pool.query<{ follower_id: string }>({
    name: 'next-notified-lately',
    text: `SELECT follower_id FROM follow
      WHERE actor_id = $1 AND notify AND notify_since > $2 AND notify_since <= $3 AND followed_at <= $3
        AND follower_id > $4
      ORDER BY follower_id LIMIT ${pageSize}`,
    values: [actorId, place.builtAt, sentAt, behind],
  })
  const userIds = rows.map((row) => row.follower_id)
  const last = userIds.at(-1)
  if (last === undefined) return undefined
  return { userIds, cursor: JSON.stringify({ ...place, behind: last }), isLast: false }
}

async function nextListed({ pool, actorId, sentAt }: Walk, place: Place): Promise<NextRecipients> {
  const { rows } = await pool.query<{ user_ids: string[]; is_last: boolean }>({
    name: 'next-notified-listed',
    text: `SELECT ARRAY(SELECT f.follower_id FROM unnest(p.follower_ids) WITH ORDINALITY AS listed (id, place)
          JOIN follow f ON f.actor_id = $1 AND f.follower_id = listed.id
          WHERE f.notify AND f.notify_since <= $4 AND f.followed_at <= $5 AND f.notify_since <= $5
          ORDER BY listed.place) AS user_ids,
        NOT EXISTS (SELECT FROM notify_page n WHERE n.actor_id = $1 AND n.version = $2 AND n.number = $3 + 1) AS is_last
      FROM notify_page p WHERE p.actor_id = $1 AND p.version = $2 AND p.number = $3`,
    values: [actorId, place.version, place.page, place.builtAt, sentAt],
  })
  const [row] = rows
  const cursor = JSON.stringify({ ...place, behind: null, page: place.page + 1 })
  return { userIds: row?.user_ids ?? [], cursor, isLast: row?.is_last ?? true }
}

/** What this file has written. */
function placeOf(cursor: string): Place {
  return JSON.parse(cursor)
}
