import type { Pool } from 'pg'
import { type FanOutLoad, firstThreshold } from '../domain/fan-out-threshold.ts'
import type { Tier } from '../domain/words.ts'

/** By tier, as far as it has been measured. */
export async function readThresholds(pool: Pool): Promise<ReadonlyMap<Tier, number>> {
  const { rows } = await pool.query<{ tier: Tier; threshold: number }>({
    name: 'fan-out-thresholds',
    text: 'SELECT tier, threshold FROM fan_out_threshold',
  })
  return new Map(rows.map(({ tier, threshold }) => [tier, threshold]))
}

export interface ActorFacts {
  readonly followerCount: number
  /** The measured one of the tier. */
  readonly threshold: number
}

/** What decides which way a notification to an actor's followers goes. */
export async function readActorFacts(pool: Pool, actorId: string, tier: Tier): Promise<ActorFacts> {
  const { rows } = await pool.query<{ followers: number | null; threshold: number | null }>({
    name: 'actor-facts',
    text: `SELECT (SELECT follower_count FROM actor WHERE actor_id = $1) AS followers,
      (SELECT threshold FROM fan_out_threshold WHERE tier = $2) AS threshold`,
    values: [actorId, tier],
  })
  const [row] = rows
  return { followerCount: row?.followers ?? 0, threshold: row?.threshold ?? firstThreshold }
}

/** Sets the threshold where it is still what it was when it was decided upon; false: somebody else has been here. */
export async function changeThreshold(
  pool: Pool,
  tier: Tier,
  change: { readonly was: number; readonly threshold: number; readonly load: FanOutLoad },
): Promise<boolean> {
  const { rowCount } = await pool.query({
    text: `INSERT INTO fan_out_threshold (tier, threshold, recipients_per_second, backlog, changed_at)
      VALUES ($1, $2, $3, $4, now())
      ON CONFLICT (tier) DO UPDATE SET threshold = excluded.threshold,
        recipients_per_second = excluded.recipients_per_second, backlog = excluded.backlog, changed_at = now()
        WHERE fan_out_threshold.threshold = $5`,
    values: [tier, change.threshold, change.load.recipientsPerSecond, change.load.backlog, change.was],
  })
  return rowCount === 1
}

/** More notifications than this that wait for their fan-out are simply many. */
const countedNotifications = 10_000

/** How many recipients of a tier are yet to be written to, of notifications that are due about now. */
export async function readFanOutBacklog(pool: Pool, tier: Tier): Promise<number> {
  const { rows } = await pool.query<{ recipients: number }>({
    name: 'fan-out-backlog',
    text: `SELECT coalesce(sum(greatest(0, size - recipient_count)), 0)::int AS recipients FROM (
        SELECT n.recipient_count, CASE
          WHEN n.audience ? 'userIds' THEN jsonb_array_length(n.audience->'userIds')
          WHEN n.audience ? 'followersOf' THEN
            (SELECT follower_count FROM actor WHERE actor_id = n.audience->>'followersOf')
          WHEN n.audience ? 'topic' THEN (SELECT member_count FROM topic WHERE name = n.audience->>'topic')
          ELSE (SELECT member_count FROM segment WHERE name = n.audience->>'segment') END AS size
        FROM notification n
        WHERE n.tier = $1 AND n.due_at < now() + interval '90 seconds' AND n.fan_out = 'WRITE'
          AND n.campaign_id IS NULL AND n.state IN ('ACCEPTED', 'SCHEDULED', 'FANNING_OUT')
          AND (n.send_at IS NULL OR n.send_at <= now())
        ORDER BY n.due_at LIMIT ${countedNotifications}) AS waiting`,
    values: [tier],
  })
  return rows[0]?.recipients ?? 0
}
