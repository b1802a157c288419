import type { Pool, PoolClient } from 'pg'

/** A notification that followers of an actor get when they show up. */
export interface NewBroadcast {
  readonly notificationId: string
  readonly actorId: string
  /** Who followed the actor then is meant. */
  readonly sentAt: Date
  readonly madeAt: Date
}

/**
 * Makes a broadcast in the transaction of its notification's first page. One after the other: the next one waits until this
 * transaction has ended, so that whoever sees a number has seen all before it. Returns the number.
 */
export async function insertBroadcast(client: PoolClient, broadcast: NewBroadcast): Promise<number> {
  const { notificationId, actorId, sentAt, madeAt } = broadcast
  const { rows } = await client.query<{ number: number }>({
    name: 'insert-broadcast',
    text: `WITH next AS (UPDATE newest_broadcast SET number = number + 1 WHERE id = 1 RETURNING number)
      INSERT INTO broadcast (number, notification_id, actor_id, sent_at, made_at)
      SELECT number, $1, $2, $3, $4 FROM next RETURNING number::float8 AS number`,
    values: [notificationId, actorId, sentAt, madeAt],
  })
  const [row] = rows
  if (row === undefined) throw new Error('there is no newest broadcast to count on from')
  return row.number
}

/** Ends the broadcast of a notification: whoever has not shown up does not get it any more. */
export async function deleteBroadcast(client: PoolClient, notificationId: string): Promise<void> {
  await client.query('DELETE FROM broadcast WHERE notification_id = $1', [notificationId])
}

/** Whether a notification has a broadcast that followers may still get. */
export async function isOpenBroadcast(pool: Pool, notificationId: string): Promise<boolean> {
  const { rowCount } = await pool.query('SELECT FROM broadcast WHERE notification_id = $1', [notificationId])
  return rowCount === 1
}

/** SQL: whether a notification still has a broadcast that followers may get. */
export function hasBroadcast(notificationId: string): string {
  return `EXISTS (SELECT FROM broadcast WHERE broadcast.notification_id = ${notificationId})`
}

/** Ends broadcasts that have waited for so many days, and forgets follows that ended before any that is left. */
export async function endOldBroadcasts(pool: Pool, days: number, now: Date): Promise<void> {
  await pool.query(`DELETE FROM broadcast WHERE made_at < $2::timestamptz - make_interval(days => $1)`, [days, now])
  // One that is made late is for those who followed when it was to be sent: a week is more than any lies due.
  await pool.query(`DELETE FROM past_follow WHERE ended_at < $2::timestamptz - make_interval(days => $1 + 7)`, [
    days,
    now,
  ])
}
