import type { Pool } from 'pg'
import { pageSize } from '../domain/notification.ts'

export interface NotifyList {
  readonly version: number
  /** Who asked later is not in it. */
  readonly builtAt: Date
}

/** A list that is older is replaced before it is used, or by the way. */
const freshMs = 3_600_000
/** Actors who have not broadcast for so long have no list any more. */
const unusedMs = 30 * 24 * 3_600_000
/** Who asked less than so long ago is left out: what was committed late, or by another clock, is then in no gap. */
const settledMs = 60_000
/** So many lists are replaced by the way. */
const batch = 20

/** The list of those who asked to be notified of an actor: as it is, where it is fresh enough, else a new one. */
export async function openNotifyList(pool: Pool, actorId: string, now: Date): Promise<NotifyList> {
  await buildList(pool, actorId, now)
  const { rows } = await pool.query<NotifyList>(
    `UPDATE notify_list SET used_at = $2 WHERE actor_id = $1 RETURNING version, built_at AS "builtAt"`,
    [actorId, now],
  )
  const [list] = rows
  if (list === undefined) throw new Error('a list that has just been made is gone')
  return list
}

/** Replaces lists that are getting old, and forgets those that nobody uses or walks any more. */
export async function tidyNotifyLists(pool: Pool, now: Date): Promise<void> {
  await pool.query(
    `WITH unused AS (DELETE FROM notify_list WHERE used_at < $1 RETURNING actor_id)
      DELETE FROM notify_page USING unused WHERE notify_page.actor_id = unused.actor_id`,
    [before(now, unusedMs)],
  )
  const { rows } = await pool.query<{ actor_id: string }>(
    `SELECT actor_id FROM notify_list WHERE built_at < $1 ORDER BY built_at LIMIT ${batch}`,
    [before(now, freshMs)],
  )
  for (const { actor_id } of rows) await buildList(pool, actor_id, now)
  await pool.query(
    `DELETE FROM notify_page p USING notify_list l WHERE p.actor_id = l.actor_id AND p.version < l.version
      AND NOT EXISTS (SELECT FROM notification n
        WHERE n.fan_out = 'BROADCAST' AND n.state = 'FANNING_OUT' AND n.audience->>'followersOf' = p.actor_id)`,
  )
}

/** Makes the next version of a list, unless there is one that is fresh; two at once make one. */
async function buildList(pool: Pool, actorId: string, now: Date): Promise<void> {
  await pool.query({
    text: `WITH list AS (
        INSERT INTO notify_list (actor_id, version, built_at, used_at) VALUES ($1, 1, $2, $3)
        ON CONFLICT (actor_id) DO UPDATE SET version = notify_list.version + 1, built_at = excluded.built_at
          WHERE notify_list.built_at < $4
        RETURNING version
      ), ranked AS (
        SELECT f.follower_id, row_number() OVER (ORDER BY
            greatest(h.shown_at, (SELECT max(last_seen_at) FROM device d WHERE d.user_id = f.follower_id)) DESC NULLS LAST,
            f.follower_id) - 1 AS place
        FROM follow f LEFT JOIN inbox_head h ON h.user_id = f.follower_id
        WHERE f.actor_id = $1 AND f.notify AND f.notify_since <= $2 AND EXISTS (SELECT FROM list)
      )
      INSERT INTO notify_page (actor_id, version, number, follower_ids)
      SELECT $1, list.version, place / ${pageSize}, array_agg(follower_id ORDER BY place)
      FROM list, ranked GROUP BY list.version, place / ${pageSize}`,
    values: [actorId, before(now, settledMs), now, before(now, freshMs)],
  })
}

function before(now: Date, ms: number): Date {
  return new Date(now.getTime() - ms)
}
