import type { Pool, PoolClient } from 'pg'
import type { CampaignPart } from '../domain/campaign-part.ts'
import type { Audience } from '../domain/notification.ts'
import type { NextRecipients } from './audience.ts'
import { audienceSql } from './audience-sql.ts'
import { parameters } from './segment-sql.ts'

export interface Division {
  readonly campaignId: string
  readonly audience: Audience
  readonly until: Date
  /** The zone of those of whom none is known. */
  readonly fallback: string
  /** When the part of a zone falls due. */
  readonly dueAt: (timeZone: string) => Date
}

export interface Divided {
  readonly recipientCount: number
  readonly lastDueAt: Date | undefined
}

/**
 * Divides an audience as it is now by the zones of its people: what each has set, else what callers said of her. Written
 * down, since people move, and who does would be left out or met twice.
 */
export async function divideAudience(client: PoolClient, division: Division): Promise<Divided> {
  const { campaignId, audience, until, fallback, dueAt } = division
  const { values, parameter } = parameters()
  await client.query(
    `INSERT INTO campaign_recipient (campaign_id, time_zone, user_id)
      SELECT ${parameter(campaignId)}, coalesce(p.time_zone, u.time_zone, ${parameter(fallback)}), a.user_id
      FROM (${audienceSql(audience, until, parameter)}) AS a
      LEFT JOIN users u ON u.user_id = a.user_id LEFT JOIN preference p ON p.user_id = a.user_id`,
    values,
  )
  const { rows } = await client.query<{ time_zone: string; count: number }>(
    'SELECT time_zone, count(*)::int AS count FROM campaign_recipient WHERE campaign_id = $1 GROUP BY time_zone',
    [campaignId],
  )
  const dueAts = rows.map((row) => dueAt(row.time_zone))
  await client.query(
    `INSERT INTO campaign_part (campaign_id, time_zone, due_at)
      SELECT $1, * FROM unnest($2::text[], $3::timestamptz[])`,
    [campaignId, rows.map((row) => row.time_zone), dueAts],
  )
  return {
    recipientCount: rows.reduce((sum, { count }) => sum + count, 0),
    lastDueAt: dueAts.toSorted((left, right) => left.getTime() - right.getTime()).at(-1),
  }
}

/** Those that are not done. */
export async function readParts(pool: Pool, campaignId: string): Promise<CampaignPart[]> {
  const { rows } = await pool.query<CampaignPart>({
    name: 'campaign-parts',
    text: `SELECT time_zone AS "timeZone", due_at AS "dueAt", cursor FROM campaign_part
      WHERE campaign_id = $1 AND NOT done ORDER BY time_zone`,
    values: [campaignId],
  })
  return rows
}

/** The next recipients of a part, in the order of their ids. */
export async function nextInPart(
  pool: Pool,
  campaignId: string,
  { timeZone, cursor }: CampaignPart,
  limit: number,
): Promise<NextRecipients> {
  const { rows } = await pool.query<{ user_id: string }>({
    name: 'next-in-part',
    text: `SELECT user_id FROM campaign_recipient WHERE campaign_id = $1 AND time_zone = $2 AND user_id > $3
      ORDER BY user_id LIMIT $4`,
    values: [campaignId, timeZone, cursor, limit + 1],
  })
  const userIds = rows.slice(0, limit).map((row) => row.user_id)
  return { userIds, cursor: userIds.at(-1) ?? cursor, isLast: rows.length <= limit }
}

/** What nobody will look at any more. */
export async function deleteOldRecipients(pool: Pool): Promise<void> {
  await pool.query(
    `DELETE FROM campaign_recipient r USING campaign c JOIN notification n ON n.id = c.notification_id
      WHERE r.campaign_id = c.id AND n.state IN ('DELIVERING', 'DONE', 'CANCELLED')`,
  )
}

/** When the last of its parts that are not done falls due. */
export async function lastPartAt(pool: Pool, campaignId: string): Promise<Date | null> {
  const { rows } = await pool.query<{ last: Date | null }>({
    name: 'last-part',
    text: 'SELECT max(due_at) AS last FROM campaign_part WHERE campaign_id = $1 AND NOT done',
    values: [campaignId],
  })
  return rows[0]?.last ?? null
}
