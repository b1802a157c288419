import { ulid } from 'ulid'
import { z } from 'zod'
import { notificationId } from '../src/domain/ids.ts'
import { type Database, openDatabase } from '../src/store/database.ts'
import { insertNotification } from '../src/store/notifications.ts'
import { upsertTemplate } from '../src/store/templates.ts'
import { median, rounded } from './numbers.ts'
import { startProcess } from './process.ts'
import type { Report, Row, SuiteOptions } from './report.ts'
import { inTurn, type Measured, worstForeign } from './rounds.ts'
import { startBenchServers } from './servers.ts'

const posts = 100
const followers = 1000
/** It takes so much longer that it gets fewer posts in each round: rates are of the same seconds, more or less. */
const plainShare = 5

const usage = z.object({ seconds: z.number(), cpuMicros: z.number(), residentMiB: z.number() })
type Usage = z.infer<typeof usage>

/** Posts to a thousand followers each: expanded by our worker, and by what one would write first. */
export async function fanOut({ quick, say }: SuiteOptions): Promise<Report> {
  const each = quick ? 10 : posts
  const rounds = quick ? 2 : 5
  const servers = await startBenchServers()
  const database = openDatabase({ url: servers.env.DATABASE_URL, maxConnections: 2, name: 'bench' })
  await makePeople(database, posts)
  const env = { ...servers.env, REDIS_URL: servers.env.REDIS_URL ?? '' }
  const [ours, plain] = await Promise.all(
    ['ours', 'plain'].map((name) => startProcess(new URL(`fan-out/${name}.ts`, import.meta.url).pathname, { env })),
  )
  const contenders = {
    Carillon: async () => usage.parse(await ours?.ask({ ids: await accept(database, each) })),
    'concurrency 100': async () => usage.parse(await plain?.ask({ posts: somePosts(each / plainShare) })),
  }
  say('warming up')
  let records = 0
  for (const measure of Object.values(contenders)) await measure()
  records += each * followers
  say('measuring in turn')
  const results = await inTurn(
    Object.keys(contenders),
    rounds,
    async (name) => {
      if (name === 'Carillon') records += each * followers
      return contenders[name === 'Carillon' ? name : 'concurrency 100']()
    },
    2,
  )
  const { rows } = await database.pool.query<{ items: number; unread: number }>(
    'SELECT (SELECT count(*)::int FROM inbox_item) AS items, (SELECT sum(unread)::int FROM inbox_head) AS unread',
  )
  if (rows[0]?.items !== records || rows[0].unread !== records) {
    throw new Error(`${JSON.stringify(rows[0])} instead of ${records}`)
  }
  await Promise.all([ours?.stop(), plain?.stop()])
  await database.close()
  await servers.stop()
  return {
    tables: [
      {
        title: `${each} posts to ${followers} followers each, to the inbox: once, with counts and live events`,
        rows: [...results].map(([name, measured]) =>
          rowOf(name, measured, (each * followers) / (name === 'Carillon' ? 1 : plainShare)),
        ),
      },
    ],
    notes: [
      `${rounds} rounds in turn; medians. The one at a hundred at a time gets a fifth of the posts in each. One process each, with PostgreSQL (synchronous commit), Redis and NATS on the same machine. CPU is that of the process, not of the servers.`,
      `Every item and every count of ours was checked in PostgreSQL: ${records} records.`,
      'Ours also reads preferences and hard stops, decides, keeps what explains the decision, numbers the changes of every inbox without a hole, and survives kill -9 at any instruction. What it is compared with does none of that.',
    ],
  }
}

function rowOf(name: string, measured: readonly Measured<Usage>[], records: number): Row {
  const values = measured.map(({ value }) => value)
  return {
    '': name,
    'records/s': rounded(records / median(values.map(({ seconds }) => seconds))),
    'CPU µs a record': rounded(median(values.map(({ cpuMicros }) => cpuMicros / records)), 1),
    'MiB after the first round': rounded(values[0]?.residentMiB ?? 0),
    'MiB after the last': rounded(values.at(-1)?.residentMiB ?? 0),
    'foreign cores': worstForeign(measured),
  }
}

/** Ten thousand people; each actor has a thousand of them. */
async function makePeople(database: Database, actors: number): Promise<void> {
  const { pool } = database
  await pool.query(
    `INSERT INTO users (user_id) SELECT 'user-' || lpad(n::text, 5, '0') FROM generate_series(0, 9999) AS n`,
  )
  await pool.query(
    `INSERT INTO follow (actor_id, follower_id, followed_at, notify)
      SELECT 'actor-' || a, 'user-' || lpad(((a * 37 + n * 10) % 10000)::text, 5, '0'), now() - interval '1 day', false
      FROM generate_series(0, $1 - 1) AS a, generate_series(0, $2 - 1) AS n`,
    [actors, followers],
  )
  const contents = [{ locale: 'en', inApp: { title: 'A new post', body: 'Have a look' } }]
  const flags = { readCancelsOthers: false, inboxFallback: false, sensitive: false }
  const template = {
    name: 'bench.post',
    tier: 'SOCIAL',
    category: 'bench.post',
    ...flags,
    dataSchema: null,
    contents,
  } as const
  await upsertTemplate(database, template, new Date())
  await pool.query('ANALYZE')
}

function somePosts(count: number): readonly { readonly id: string; readonly actorId: string }[] {
  return Array.from({ length: count }, (_, n) => ({ id: notificationId(ulid()), actorId: `actor-${n}` }))
}

async function accept({ pool }: Database, count: number): Promise<readonly string[]> {
  const now = new Date()
  const wanted = somePosts(count)
  for (const { id, actorId } of wanted) {
    await insertNotification(pool, {
      id,
      callerId: 'clr_bench',
      tier: 'SOCIAL',
      category: 'bench.post',
      template: 'bench.post',
      templateVersion: 1,
      data: {},
      secret: null,
      audience: { followersOf: actorId },
      channels: ['IN_APP'],
      routing: 'EVERY',
      collapseKey: null,
      push: null,
      state: 'ACCEPTED',
      createdAt: now,
      sendAt: null,
      expiresAt: new Date(now.getTime() + 3_600_000),
      dueAt: new Date(now.getTime() + 3_600_000),
    })
  }
  return wanted.map(({ id }) => id)
}
