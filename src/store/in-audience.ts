import type { Pool } from 'pg'
import type { Notification } from '../domain/notification.ts'
import { type Parameter, parameters, segmentSql } from './segment-sql.ts'

type Meant = Pick<Notification, 'audience' | 'sendAt' | 'createdAt'>

/** Whether a notification is meant for this user, as things are now. */
export async function isInAudience(pool: Pool, notification: Meant, userId: string): Promise<boolean> {
  const { audience } = notification
  if ('userIds' in audience) return audience.userIds.includes(userId)
  const { values, parameter } = parameters()
  const { rowCount } = await pool.query(`SELECT FROM ${rowOf(notification, userId, parameter)}`, values)
  return rowCount === 1
}

function rowOf({ audience, sendAt, createdAt }: Meant, userId: string, parameter: Parameter): string {
  const until = sendAt ?? createdAt
  if ('followersOf' in audience) {
    return `follow WHERE actor_id = ${parameter(audience.followersOf)} AND follower_id = ${parameter(userId)}
      AND followed_at <= ${parameter(until)}`
  }
  if ('topic' in audience) {
    return `topic_member WHERE topic = ${parameter(audience.topic)} AND user_id = ${parameter(userId)}
      AND joined_at <= ${parameter(until)}`
  }
  if ('segment' in audience) {
    return `users u WHERE u.user_id = ${parameter(userId)} AND ${segmentSql(audience.filter, parameter)}`
  }
  throw new Error('a list has no rows')
}
