import type { Pool, PoolClient } from 'pg'
import type { Notification } from '../domain/notification.ts'
import type { SegmentFilter } from '../domain/segment.ts'
import { parameters, segmentSql } from './segment-sql.ts'

/** The next recipients of a notification, in the order of their ids. */
export interface NextRecipients {
  readonly userIds: readonly string[]
  /** Behind whom those after them begin; null where the audience is a list. */
  readonly cursor: string | null
  /** Nobody comes after them. */
  readonly isLast: boolean
}

/** What of a notification says who comes next. */
export type Addressed = Pick<Notification, 'audience' | 'audienceCursor' | 'recipientCount' | 'sendAt' | 'createdAt'>

/**
 * Reads at most `limit` recipients behind the notification's cursor. What it costs does not depend on how many are
 * before or behind them. Who joins or leaves while an audience is read may be in it or not; nobody is in it twice, and
 * everybody is who was there all along.
 */
export function nextRecipients(
  pool: Pool | PoolClient,
  notification: Addressed,
  limit: number,
): Promise<NextRecipients> {
  const { audience, audienceCursor: cursor } = notification
  if ('userIds' in audience) return Promise.resolve(nextInList(audience.userIds, notification.recipientCount, limit))
  if ('segment' in audience) return nextInSegment(pool, audience.filter, cursor ?? '', limit)
  const behind = { cursor: cursor ?? '', until: sentAt(notification), limit }
  return 'topic' in audience
    ? nextInTopic(pool, audience.topic, behind)
    : nextFollowers(pool, audience.followersOf, behind)
}

interface Behind {
  /** An empty text is before every id. */
  readonly cursor: string
  /** Who came later is not meant. */
  readonly until: Date
  readonly limit: number
}

function sentAt({ sendAt, createdAt }: Addressed): Date {
  return sendAt ?? createdAt
}

/** A list is short, and its pages are consecutive: where the next one begins is how many there have been. */
function nextInList(userIds: readonly string[], from: number, limit: number): NextRecipients {
  return { userIds: userIds.slice(from, from + limit), cursor: null, isLast: from + limit >= userIds.length }
}

async function nextFollowers(
  pool: Pool | PoolClient,
  actorId: string,
  { cursor, until, limit }: Behind,
): Promise<NextRecipients> {
  const { rows } = await pool.query<{ user_id: string }>({
    name: 'next-followers',
    text: `SELECT follower_id AS user_id FROM follow WHERE actor_id = $1 AND follower_id > $2 AND followed_at <= $3
      ORDER BY follower_id LIMIT $4`,
    values: [actorId, cursor, until, limit + 1],
  })
  return pageOf(rows, limit, cursor)
}

async function nextInTopic(
  pool: Pool | PoolClient,
  topic: string,
  { cursor, until, limit }: Behind,
): Promise<NextRecipients> {
  const { rows } = await pool.query<{ user_id: string }>({
    name: 'next-in-topic',
    text: `SELECT user_id FROM topic_member WHERE topic = $1 AND user_id > $2 AND joined_at <= $3
      ORDER BY user_id LIMIT $4`,
    values: [topic, cursor, until, limit + 1],
  })
  return pageOf(rows, limit, cursor)
}

/** So many users are looked at for one page of a segment, some ten milliseconds, however few of them are in it. */
const windowSize = 20_000

/**
 * Walks the users in the order of their ids and keeps those in the segment, so that all pages together look at each
 * user once. LIMIT within keeps PostgreSQL from finding and sorting everybody in the segment anew for each page. One
 * statement, so that the end of the window is the end of what was looked at.
 */
async function nextInSegment(
  pool: Pool | PoolClient,
  filter: SegmentFilter,
  cursor: string,
  limit: number,
): Promise<NextRecipients> {
  const { values, parameter } = parameters()
  const behind = `FROM users WHERE user_id > ${parameter(cursor)} ORDER BY user_id`
  const { rows } = await pool.query<{ user_id: string; is_end: boolean }>(
    `WITH member AS MATERIALIZED (
        SELECT user_id FROM (SELECT * ${behind} LIMIT ${windowSize}) AS u
        WHERE ${segmentSql(filter, parameter)} ORDER BY user_id LIMIT ${limit + 1})
      SELECT user_id, false AS is_end FROM member
      UNION ALL SELECT user_id, true FROM (SELECT user_id ${behind} OFFSET ${windowSize - 1} LIMIT 1) AS last
        WHERE (SELECT count(*) FROM member) <= ${limit}
      ORDER BY is_end, user_id`,
    values,
  )
  const members = rows.filter((row) => !row.is_end)
  if (members.length > limit) return pageOf(members, limit, cursor)
  const end = rows.find((row) => row.is_end)?.user_id
  return { userIds: members.map((row) => row.user_id), cursor: end ?? cursor, isLast: end === undefined }
}

/** From one row more than the page holds, which tells whether there is another one. */
function pageOf(rows: readonly { readonly user_id: string }[], limit: number, cursor: string): NextRecipients {
  const userIds = rows.slice(0, limit).map((row) => row.user_id)
  return { userIds, cursor: userIds.at(-1) ?? cursor, isLast: rows.length <= limit }
}
