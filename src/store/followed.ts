import type { Pool } from 'pg'

export interface Followed {
  /** Whether he has asked for more than the inbox by then, and still does. */
  readonly notify: boolean
}

/** How somebody followed an actor at an instant; undefined: he did not. */
export async function followedAt(
  pool: Pool,
  actorId: string,
  followerId: string,
  at: Date,
): Promise<Followed | undefined> {
  const { rows } = await pool.query<Followed>(
    `SELECT notify AND notify_since <= $3 AS notify FROM follow
        WHERE actor_id = $1 AND follower_id = $2 AND followed_at <= $3
      UNION ALL SELECT false FROM past_follow
        WHERE actor_id = $1 AND follower_id = $2 AND followed_at <= $3 AND ended_at > $3
      LIMIT 1`,
    [actorId, followerId, at],
  )
  return rows[0]
}
