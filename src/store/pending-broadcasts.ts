import type { Pool } from 'pg'
import type { Recipient } from '../domain/decide.ts'
import {
  type Person,
  personColumns,
  personTables,
  preferencesColumn,
  type Settings,
  toRecipient,
} from './recipients.ts'

/** A broadcast that somebody has yet to get. */
export interface PendingBroadcast {
  readonly number: number
  readonly notificationId: string
  readonly madeAt: Date
}

/** What an inbox has yet to get, of the broadcasts behind `from` as far as `upTo`, in their order. */
export interface Pending {
  readonly userId: string
  /** The head's `broadcast_seq`. */
  readonly from: number
  readonly upTo: number
  readonly broadcasts: readonly PendingBroadcast[]
  /** undefined: there is no head yet. */
  readonly hasHead: boolean
  /** There may be more behind `upTo`. */
  readonly goesOn: boolean
}

/** So many become items of one inbox in one transaction. */
const limit = 200

/** Up to so many new broadcasts each of them is looked at; of more, those of the actors whom somebody follows. */
const fewBroadcasts = 100

/** SQL: whether this user followed the actor of a broadcast when it was sent. */
function followedThen(userId: string): string {
  return `(EXISTS (SELECT FROM follow f
      WHERE f.actor_id = b.actor_id AND f.follower_id = ${userId} AND f.followed_at <= b.sent_at)
    OR EXISTS (SELECT FROM past_follow f
      WHERE f.actor_id = b.actor_id AND f.follower_id = ${userId} AND f.followed_at <= b.sent_at
        AND f.ended_at > b.sent_at))`
}

/*
 * Newest and broadcasts are of one snapshot, so none is between those that are found and the newest. Conditions that speak
 * of the asked user alone keep one of the two ways from being gone at all.
 */
const columns = `asked.user_id AS "userId", asked.broadcast_seq::float8 AS "from", asked.has_head AS "hasHead",
  newest.number::float8 AS newest, found.broadcasts`
const pendingOf = (users: string) => `
  FROM (SELECT u.user_id, coalesce(h.broadcast_seq, 0) AS broadcast_seq, h.user_id IS NOT NULL AS has_head
      FROM ${users} AS u (user_id) LEFT JOIN inbox_head h USING (user_id)) AS asked,
    (SELECT number FROM newest_broadcast WHERE id = 1) AS newest,
    LATERAL (SELECT json_agg(json_build_object('number', b.number, 'notificationId', b.notification_id,
        'madeAt', b.made_at) ORDER BY b.number) AS broadcasts
      FROM (
        SELECT * FROM (
          SELECT b.* FROM broadcast b
          WHERE newest.number - asked.broadcast_seq <= ${fewBroadcasts}
            AND b.number > asked.broadcast_seq AND b.number <= newest.number AND ${followedThen('asked.user_id')}
          UNION ALL
          SELECT b.* FROM (
              SELECT actor_id FROM follow WHERE follower_id = asked.user_id
              UNION SELECT actor_id FROM past_follow WHERE follower_id = asked.user_id
            ) AS a JOIN broadcast b ON b.actor_id = a.actor_id
          WHERE newest.number - asked.broadcast_seq > ${fewBroadcasts}
            AND b.number > asked.broadcast_seq AND b.number <= newest.number AND ${followedThen('asked.user_id')}
        ) AS b ORDER BY b.number LIMIT ${limit}
      ) AS b) AS found`

interface Row {
  readonly userId: string
  readonly from: number
  readonly hasHead: boolean
  readonly newest: number
  readonly broadcasts: readonly (Omit<PendingBroadcast, 'madeAt'> & { readonly madeAt: string })[] | null
}

/** What each of these users has yet to get, in one read. */
export async function readPending(pool: Pool, userIds: readonly string[]): Promise<readonly Pending[]> {
  const { rows } = await pool.query<Row>({
    name: 'pending-broadcasts',
    text: `SELECT ${columns} ${pendingOf('unnest($1::text[])')}`,
    values: [userIds],
  })
  return rows.map(toPending)
}

export interface PendingOfOne {
  readonly pending: Pending
  /** Who he is, without his devices, where anything is pending; undefined: nothing is, or there is no such user. */
  readonly recipient: Recipient | undefined
}

/**
 * The same of one user, and what it takes to decide. A statement of its own: PostgreSQL would plan the one for many anew
 * for each single user, which takes longer than to run it.
 */
export async function readPendingOfOne(pool: Pool, userId: string): Promise<PendingOfOne> {
  const { rows } = await pool.query<Row & (Person | { readonly user_id: null }) & Pick<Settings, 'preferences'>>({
    name: 'pending-broadcasts-of-one',
    text: `SELECT ${columns}, person.* ${pendingOf('(SELECT $1::text)')} LEFT JOIN LATERAL (
        SELECT ${personColumns}, ${preferencesColumn} FROM ${personTables} WHERE u.user_id = $1
      ) AS person ON found.broadcasts IS NOT NULL`,
    values: [userId],
  })
  const [row] = rows
  if (row === undefined) throw new Error('the table newest_broadcast is empty')
  const { preferences } = row
  return {
    pending: toPending(row),
    recipient: row.user_id === null ? undefined : toRecipient(row, { preferences, devices: null }),
  }
}

function toPending({ userId, from, hasHead, newest, broadcasts: found }: Row): Pending {
  const broadcasts = (found ?? []).map((each) => ({ ...each, madeAt: new Date(each.madeAt) }))
  const goesOn = broadcasts.length === limit
  const upTo = goesOn ? (broadcasts.at(-1)?.number ?? newest) : newest
  return { userId, from, hasHead, broadcasts, goesOn, upTo }
}

/** The newest broadcast, where this inbox has not got up to it. */
export async function readBehind(pool: Pool, userId: string): Promise<number | undefined> {
  const { rows } = await pool.query<{ number: number }>({
    name: 'broadcasts-behind',
    text: `SELECT newest.number::float8 AS number FROM newest_broadcast newest LEFT JOIN inbox_head head ON head.user_id = $1
      WHERE newest.id = 1 AND newest.number > coalesce(head.broadcast_seq, 0)`,
    values: [userId],
  })
  return rows[0]?.number
}

export async function readNewest(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ number: number }>({
    name: 'newest-broadcast',
    text: 'SELECT number::float8 AS number FROM newest_broadcast WHERE id = 1',
  })
  return rows[0]?.number ?? 0
}

/** Those of these users who are to get any of the broadcasts behind `from`, as far as `upTo`. */
export async function followersAmong(
  pool: Pool,
  userIds: readonly string[],
  { from, upTo }: { readonly from: number; readonly upTo: number },
): Promise<readonly string[]> {
  const { rows } = await pool.query<{ user_id: string }>({
    name: 'followers-among',
    text: `SELECT u.user_id FROM unnest($1::text[]) AS u (user_id)
      WHERE EXISTS (SELECT FROM broadcast b WHERE b.number > $2 AND b.number <= $3 AND ${followedThen('u.user_id')})`,
    values: [userIds, from, upTo],
  })
  return rows.map((row) => row.user_id)
}
