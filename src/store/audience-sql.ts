import type { Pool, PoolClient } from 'pg'
import type { Audience } from '../domain/notification.ts'
import { type Parameter, parameters, segmentSql } from './segment-sql.ts'

/** A query of everybody (`user_id`) who is in an audience now, and was by `until`. */
export function audienceSql(audience: Audience, until: Date, parameter: Parameter): string {
  if ('userIds' in audience) return `SELECT unnest(${parameter(audience.userIds)}::text[]) AS user_id`
  if ('followersOf' in audience) {
    return `SELECT follower_id AS user_id FROM follow
      WHERE actor_id = ${parameter(audience.followersOf)} AND followed_at <= ${parameter(until)}`
  }
  if ('topic' in audience) {
    return `SELECT user_id FROM topic_member WHERE topic = ${parameter(audience.topic)} AND joined_at <= ${parameter(until)}`
  }
  return `SELECT u.user_id FROM users u WHERE ${segmentSql(audience.filter, parameter)}`
}

export async function countAudience(client: Pool | PoolClient, audience: Audience, until: Date): Promise<number> {
  const { values, parameter } = parameters()
  const { rows } = await client.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM (${audienceSql(audience, until, parameter)}) AS audience`,
    values,
  )
  return rows[0]?.count ?? 0
}
