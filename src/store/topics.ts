import type { Pool } from 'pg'
import { isStorableText } from '../domain/json-value.ts'

/** Who is in a topic. Ids may repeat. */
export interface TopicMembers {
  readonly topic: string
  readonly userIds: readonly string[]
}

/** A topic is there from its first member on, and stays when its last one has left. */
export async function topicExists(pool: Pool, name: string): Promise<boolean> {
  // Asked with anybody's text, and PostgreSQL refuses some of that.
  if (!isStorableText(name)) return false
  const { rowCount } = await pool.query({
    name: 'topic-exists',
    text: 'SELECT FROM topic WHERE name = $1',
    values: [name],
  })
  return rowCount === 1
}

/** Puts them in, and makes the topic. Resolves with how many are in it now: see ./follows.ts. */
export async function upsertTopicMembers(pool: Pool, { topic, userIds }: TopicMembers, at: Date): Promise<number> {
  const { rows } = await pool.query<{ member_count: number }>({
    name: 'upsert-topic-members',
    text: `WITH written AS (
        INSERT INTO topic_member (topic, user_id, joined_at)
        SELECT DISTINCT $1::text, id, $3::timestamptz FROM unnest($2::text[]) AS id ORDER BY id
        ON CONFLICT (topic, user_id) DO NOTHING
        RETURNING 1)
      INSERT INTO topic (name, member_count) SELECT $1::text, count(*) FROM written
      ON CONFLICT (name) DO UPDATE SET member_count = topic.member_count + excluded.member_count
      RETURNING member_count`,
    values: [topic, userIds, at],
  })
  return rows[0]?.member_count ?? 0
}

/** Takes them out. Resolves with how many are in it now; undefined: there is no such topic. */
export async function removeTopicMembers(pool: Pool, { topic, userIds }: TopicMembers): Promise<number | undefined> {
  const { rows } = await pool.query<{ member_count: number }>({
    name: 'remove-topic-members',
    text: `WITH chosen AS (
        SELECT user_id FROM topic_member WHERE topic = $1 AND user_id = ANY ($2::text[]) ORDER BY user_id FOR UPDATE
      ), removed AS (
        DELETE FROM topic_member m USING chosen c WHERE m.topic = $1 AND m.user_id = c.user_id RETURNING 1
      )
      UPDATE topic SET member_count = member_count - (SELECT count(*) FROM removed) WHERE name = $1
      RETURNING member_count`,
    values: [topic, userIds],
  })
  return rows[0]?.member_count
}
