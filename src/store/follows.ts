import type { Pool } from 'pg'

/** Whom an actor is followed by. Ids of followers may repeat; the actor need not be a user. */
export interface Follows {
  readonly actorId: string
  readonly followerIds: readonly string[]
}

/*
 * Each write is one statement: rows, and the count by the number of rows that it really made or took away. Rows are
 * locked in one order and the count comes last, so that two writes cannot deadlock.
 */

/** Makes them follow from `at` on, or changes `notify` of those who do. Resolves with how many follow the actor now. */
export async function upsertFollows(
  pool: Pool,
  { actorId, followerIds, notify }: Follows & { readonly notify: boolean },
  at: Date,
): Promise<number> {
  const { rows } = await pool.query<{ follower_count: number }>({
    name: 'upsert-follows',
    text: `WITH written AS (
        INSERT INTO follow (actor_id, follower_id, notify, followed_at, notify_since)
        SELECT DISTINCT $1::text, id, $3::boolean, $4::timestamptz, $4::timestamptz FROM unnest($2::text[]) AS id ORDER BY id
        ON CONFLICT (actor_id, follower_id) DO UPDATE SET notify = excluded.notify, notify_since = excluded.notify_since
          WHERE follow.notify <> excluded.notify
        RETURNING xmax = 0 AS is_new)
      INSERT INTO actor (actor_id, follower_count) SELECT $1::text, count(*) FILTER (WHERE is_new) FROM written
      ON CONFLICT (actor_id) DO UPDATE SET follower_count = actor.follower_count + excluded.follower_count
      RETURNING follower_count`,
    values: [actorId, followerIds, notify, at],
  })
  return rows[0]?.follower_count ?? 0
}

/** Ends what there is of these at `at`; the intervals are kept. Resolves with how many follow the actor now. */
export async function removeFollows(pool: Pool, { actorId, followerIds }: Follows, at: Date): Promise<number> {
  const { rows } = await pool.query<{ follower_count: number }>({
    name: 'remove-follows',
    text: `WITH chosen AS (
        SELECT follower_id FROM follow WHERE actor_id = $1 AND follower_id = ANY ($2::text[])
        ORDER BY follower_id FOR UPDATE
      ), ended AS (
        DELETE FROM follow f USING chosen c WHERE f.actor_id = $1 AND f.follower_id = c.follower_id
        RETURNING f.follower_id, f.followed_at
      ), kept AS (
        INSERT INTO past_follow (actor_id, follower_id, followed_at, ended_at)
        SELECT $1::text, follower_id, followed_at, greatest($3::timestamptz, followed_at) FROM ended
        ON CONFLICT (actor_id, follower_id, followed_at) DO UPDATE
          SET ended_at = greatest(past_follow.ended_at, excluded.ended_at)
      )
      UPDATE actor SET follower_count = follower_count - (SELECT count(*) FROM ended) WHERE actor_id = $1
      RETURNING follower_count`,
    values: [actorId, followerIds, at],
  })
  return rows[0]?.follower_count ?? 0
}
