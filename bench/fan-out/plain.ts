import { z } from 'zod'
import { openDatabase } from '../../src/store/database.ts'
import { openRedis } from '../../src/store/redis.ts'
import { inboxChanged } from '../../src/streams/messages.ts'
import { openStreams } from '../../src/streams/streams.ts'
import { setting } from '../gateway.ts'
import { answerQuestions } from '../process.ts'
import { used } from './used.ts'

/*
 * What one would write first: a hundred followers at a time, each deduplicated, inserted, counted and told. Less than ours
 * does: it asks for nobody's preferences, and has no sequence.
 */

const atOnce = 100
const { pool } = openDatabase({ url: setting('DATABASE_URL'), maxConnections: 12, name: 'bench plain' })
const streams = await openStreams(setting('NATS_URL'), 'bench plain')
const redis = openRedis(setting('REDIS_URL'), 'bench plain')
await pool.query(`CREATE TABLE IF NOT EXISTS plain_item (
    user_id text, post_id text, title text, body text, sent_at timestamptz, PRIMARY KEY (user_id, post_id));
  CREATE INDEX IF NOT EXISTS plain_item_sent_idx ON plain_item (user_id, sent_at DESC);
  CREATE TABLE IF NOT EXISTS plain_count (user_id text PRIMARY KEY, unread integer NOT NULL) WITH (fillfactor = 70)`)

async function tell(postId: string, userId: string): Promise<void> {
  const isNew = await redis.set(`plain:${postId}:${userId}`, '1', 'EX', 86_400, 'NX')
  if (isNew === null) return
  await pool.query({
    name: 'plain-item',
    text: 'INSERT INTO plain_item VALUES ($1, $2, $3, $4, now()) ON CONFLICT DO NOTHING',
    values: [userId, postId, 'A new post', 'Have a look'],
  })
  const { rows } = await pool.query<{ unread: number }>({
    name: 'plain-count',
    text: `INSERT INTO plain_count VALUES ($1, 1) ON CONFLICT (user_id) DO UPDATE SET unread = plain_count.unread + 1
      RETURNING unread`,
    values: [userId],
  })
  const unread = rows[0]?.unread ?? 0
  streams.signal(inboxChanged, userId, { userId, seq: unread, unread })
}

/** Asked for posts and the actor of each: resolves when every follower has been told. */
answerQuestions(async (asked) => {
  const { posts } = z.object({ posts: z.array(z.object({ id: z.string(), actorId: z.string() })) }).parse(asked)
  const measure = used()
  for (const { id, actorId } of posts) {
    const { rows } = await pool.query<{ follower_id: string }>('SELECT follower_id FROM follow WHERE actor_id = $1', [
      actorId,
    ])
    const left = rows.values()
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        for (const { follower_id: userId } of left) await tell(id, userId)
      }),
    )
  }
  return measure()
})
