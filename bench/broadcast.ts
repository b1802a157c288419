import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { SignJWT } from 'jose'
import { freePort } from '../src/local/free-port.ts'
import { type Database, openDatabase } from '../src/store/database.ts'
import { upsertTemplate } from '../src/store/templates.ts'
import { aCaller } from './caller.ts'
import { runCarillon } from './carillon.ts'
import { cpuSeconds } from './cpu-seconds.ts'
import { median, quantile, rounded } from './numbers.ts'
import { oneByOne, type Request } from './one-by-one.ts'
import { inboxQuery } from './query/inbox.ts'
import type { Report, Row, SuiteOptions } from './report.ts'
import { inTurn, type Measured, worstForeign } from './rounds.ts'
import { startBenchServers } from './servers.ts'
import { untilReady } from './until-ready.ts'

const star = 'star'
const other = 'other-star'
/** Followers of the star, each with an inbox of so many items. */
const readers = 100
const items = 40

/** Between an answer and the next request: followers come one by one. */
const apartMs = 5

const usual = 'usual: nothing is new'
const first = 'first page after the broadcast'
const strangers = 'first page after a broadcast of somebody else'

interface Figures {
  readonly latenciesMs: readonly number[]
  readonly acceptMs: readonly number[]
  /** Of the gateway, what it stores after its answers included. */
  readonly cpuMs: number
}

/**
 * Notifications to the followers of an actor with very many: how long they take to be accepted, what rows they are, and
 * how long the first page of a follower's inbox takes afterwards.
 */
export async function broadcast({ quick, say }: SuiteOptions): Promise<Report> {
  const followers = quick ? 20_000 : 1_000_000
  const rounds = quick ? 2 : 25
  say('starting PostgreSQL, Redis, NATS')
  const servers = await startBenchServers()
  const database = openDatabase({ url: servers.env.DATABASE_URL, maxConnections: 2, name: 'bench' })
  say(`making ${followers} followers`)
  const apiKey = await prepare(database, followers)
  const secret = randomBytes(32).toString('base64url')
  const port = await freePort()
  const base = `http://127.0.0.1:${port}`
  const env = {
    ...servers.env,
    PORT: String(port),
    CARILLON_SECRET_KEY: randomBytes(32).toString('base64url'),
    VIEWER_JWT_SECRET: secret,
    NODE_ENV: 'production',
    LOG_LEVEL: 'warn',
  }
  const processes = [['gateway'], ['fan-out', '--tier', 'SOCIAL']].map((args) =>
    runCarillon([process.execPath, 'src/main.ts', ...args], env),
  )
  await untilReady(base)
  const client = oneByOne(base)
  const pages = await Promise.all(
    Array.from({ length: readers }, async (_, n) => pageRequest(base, await token(secret, readerId(n)))),
  )

  async function readAll(): Promise<readonly number[]> {
    const latenciesMs: number[] = []
    for (const page of pages) {
      latenciesMs.push(await client.send(page))
      await pause(apartMs)
    }
    return latenciesMs
  }

  async function sendFor(actor: string): Promise<readonly number[]> {
    const before = await newest(database)
    const acceptMs = [await client.send(sendRequest(base, apiKey, actor))]
    for (let n = 0; n < 1000 && (await newest(database)) === before; n++) await pause(5)
    return acceptMs
  }

  const measure = async (name: string): Promise<Figures> => {
    const acceptMs = name === usual ? [] : await sendFor(name === first ? star : other)
    const before = await cpuSeconds(base)
    const latenciesMs = await readAll()
    return { acceptMs, latenciesMs, cpuMs: (((await cpuSeconds(base)) - before) * 1000) / latenciesMs.length }
  }
  say('warming up')
  for (let n = 0; n < 3; n++) for (const name of [usual, first, strangers]) await measure(name)
  await database.pool.query('VACUUM ANALYZE')
  say('measuring in turn')
  const begun = await counts(database)
  const results = await inTurn([usual, first, strangers], rounds, measure)
  const made = difference(await counts(database), begun)
  client.close()
  for (const each of processes) await each.stop()
  await database.close()
  await servers.stop()
  return report(results, { followers, made })
}

function readerId(n: number): string {
  return `fan-${n * 7}`
}

/** Users and follows in bulk; inboxes of those who read. Returns the key of a caller whom no rate limit stops. */
async function prepare(database: Database, followers: number): Promise<string> {
  const { pool } = database
  await upsertTemplate(
    database,
    {
      name: 'bench.post',
      tier: 'SOCIAL',
      category: 'social.post',
      ...{ readCancelsOthers: false, inboxFallback: false, sensitive: false, dataSchema: null },
      contents: [
        { locale: 'en', inApp: { title: '{{ name }} has posted', body: 'Have a look', deepLink: 'app://post' } },
      ],
    },
    new Date(),
  )
  await pool.query(`INSERT INTO users (user_id) SELECT 'fan-' || n FROM generate_series(0, $1::int - 1) AS n`, [
    followers,
  ])
  await pool.query(
    `INSERT INTO follow (actor_id, follower_id, notify, followed_at)
      SELECT $2::text, 'fan-' || n, false, now() FROM generate_series(0, $1::int - 1) AS n ORDER BY 2`,
    [followers, star],
  )
  await pool.query('INSERT INTO actor (actor_id, follower_count) VALUES ($1, $3::int), ($2, $3::int)', [
    star,
    other,
    followers,
  ])
  const ids = Array.from({ length: readers }, (_, n) => readerId(n))
  await pool.query(
    `INSERT INTO inbox_item (user_id, notification_id, created_seq, changed_seq, tier, category, title, body, sent_at)
      SELECT id, 'ntf_' || lpad(n::text, 26, '0'), n, n, 'SOCIAL', 'social.like', 'Ada liked your post', 'Have a look', now()
      FROM unnest($1::text[]) AS id, generate_series(1, $2::int) AS n`,
    [ids, items],
  )
  await pool.query('INSERT INTO inbox_head (user_id, seq, unread) SELECT unnest($1::text[]), $2::int, $2::int', [
    ids,
    items,
  ])
  await pool.query('VACUUM ANALYZE')
  return aCaller(database, 'SOCIAL')
}

function pageRequest(base: string, viewer: string): Request {
  return {
    url: `${base}/graphql`,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${viewer}` },
    body: JSON.stringify({ query: inboxQuery }),
    expect: '"endCursor":"',
  }
}

function sendRequest(base: string, apiKey: string, followersOf: string): Request {
  const query = `mutation { sendNotification(input: { template: "bench.post", data: { name: "Ada" }, audience: { followersOf: "${followersOf}" } }) { __typename } }`
  return {
    url: `${base}/graphql`,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
    body: JSON.stringify({ query }),
    expect: '"SendNotificationPayload"',
  }
}

function token(secret: string, userId: string): Promise<string> {
  return new SignJWT()
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(userId)
    .setExpirationTime('1 hour')
    .sign(new TextEncoder().encode(secret))
}

async function newest({ pool }: Database): Promise<string | undefined> {
  return (await pool.query<{ number: string }>('SELECT number FROM newest_broadcast')).rows[0]?.number
}

type Counts = Readonly<Record<'notification' | 'broadcast' | 'inbox_item', number>>

async function counts({ pool }: Database): Promise<Counts> {
  const { rows } = await pool.query<Counts>(
    `SELECT (SELECT count(*)::int FROM notification) AS notification, (SELECT count(*)::int FROM broadcast) AS broadcast,
      (SELECT count(*)::int FROM inbox_item) AS inbox_item`,
  )
  const [row] = rows
  if (row === undefined) throw new Error('nothing was counted')
  return row
}

function difference(after: Counts, before: Counts): Counts {
  return {
    notification: after.notification - before.notification,
    broadcast: after.broadcast - before.broadcast,
    inbox_item: after.inbox_item - before.inbox_item,
  }
}

function report(
  results: ReadonlyMap<string, readonly Measured<Figures>[]>,
  { followers, made }: { readonly followers: number; readonly made: Counts },
): Report {
  const all = [...results.values()].flat()
  const accepts = all.flatMap(({ value }) => value.acceptMs)
  const usualMs = (results.get(usual) ?? []).map(({ value }) => median(value.latenciesMs))
  const rows = [...results].map(([name, measured]): Row => {
    const latencies = measured.flatMap(({ value }) => value.latenciesMs)
    const ratios = measured.map(({ value }, round) => median(value.latenciesMs) / (usualMs[round] ?? Number.NaN))
    return {
      'inbox(20) of a follower': name,
      pages: latencies.length,
      'p50 ms': rounded(quantile(latencies, 0.5), 2),
      'p99 ms': rounded(quantile(latencies, 0.99), 2),
      '× usual': `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`,
      'gateway CPU ms each': rounded(median(measured.map(({ value }) => value.cpuMs)), 2),
      'foreign cores': worstForeign(measured),
    }
  })
  return {
    tables: [
      {
        title: `sendNotification to the followers of an actor with ${followers.toLocaleString('en-US')} of them, over HTTP until committed`,
        rows: [
          {
            accepted: accepts.length,
            'p50 ms': rounded(quantile(accepts, 0.5), 1),
            'most ms': rounded(Math.max(...accepts), 1),
            'broadcasts each': made.broadcast / made.notification,
          },
        ],
      },
      {
        title: `one request after the other, ${apartMs} ms apart; ${readers} followers with ${items} items each`,
        rows,
      },
    ],
    notes: [
      'A gateway and a fan-out worker, each a process; PostgreSQL, Redis, NATS and the client share the machine. PostgreSQL commits synchronously (fsync).',
      `Meanwhile ${made.inbox_item} inbox items came to be: those of the ${readers} followers who showed up.`,
      'Ratios are of the medians of one round, median (least to most) of the rounds.',
    ],
  }
}
