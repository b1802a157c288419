import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { openDatabase } from '../src/store/database.ts'
import { runCarillon } from './carillon.ts'
import { foreignLoad } from './foreign-load.ts'
import { quantile, rounded } from './numbers.ts'
import type { Report, SuiteOptions } from './report.ts'

/** So many recipients of one notification, the most that a call takes. */
const perNotification = 1000
const codeEveryMs = 100

/**
 * Deliveries that quiet hours hold back and release in one second (spread 0): how long until the last of them has left,
 * and what one-time codes notice of it.
 */
export async function deferrals({ quick, say }: SuiteOptions): Promise<Report> {
  const count = quick ? 5000 : 100_000
  const dataDir = await mkdtemp(join(tmpdir(), 'carillon-bench-'))
  const carillon = runCarillon([process.execPath, 'src/main.ts', 'all'], {
    CARILLON_DATA_DIR: dataDir,
    QUIET_HOURS_SPREAD_MS: '0',
    NODE_ENV: 'production',
    ...Object.fromEntries(['DATABASE_URL', 'REDIS_URL', 'NATS_URL', 'SANDBOX_URL'].map((name) => [name, undefined])),
  })
  await carillon.line(/Carillon is ready/)
  const demo = demoFile.parse(JSON.parse(await readFile(join(dataDir, 'demo.json'), 'utf8')))
  const database = await databaseOf(dataDir)
  await makeTemplate(demo)

  say('one-time codes on the idle system')
  await codesFor(demo, 3000)
  const idle = await codesFor(demo, quick ? 5000 : 20_000)

  const release = nextMinute(quick ? 30_000 : 150_000)
  say(`putting ${count} people to sleep until ${release.toISOString()}`)
  await makeSleepers(database.pool, count, release)
  for (let from = 0; from < count; from += perNotification) await sendToSleepers(demo, from)
  const held = await heldCount(database.pool)
  if (held !== count || new Date() >= release) throw new Error(`${held} of ${count} were held when they had to be`)

  say('waiting for the release')
  await pause(release.getTime() - Date.now())
  const load = foreignLoad()
  const codes = codesFor(demo, quick ? 5000 : 60_000)
  const left = await allLeft(demo, release, count)
  const loaded = await codes
  const foreign = load()
  await database.close()
  await carillon.stop()
  await rm(dataDir, { recursive: true, force: true })
  return {
    tables: [
      {
        title: `${count} SMS that quiet hours release in one second`,
        rows: [
          {
            deliveries: count,
            'first left after s': rounded(left.firstMs / 1000, 2),
            'last left after s': rounded(left.lastMs / 1000, 1),
            'a second': rounded(count / (left.lastMs / 1000)),
            'foreign cores': foreign === null ? 'unknown' : rounded(foreign, 2),
          },
        ],
      },
      {
        title: 'one-time codes every 100 ms: from the mutation to the provider',
        rows: [latencies('idle', idle), latencies('while they leave', loaded)],
      },
    ],
    notes: [
      'The whole of Carillon as npm start runs it, with the sandbox and this client, on one machine. Every SMS is counted in the ledger of the sandbox: each once.',
    ],
  }
}

const demoFile = z.object({
  gateway: z.string(),
  sandbox: z.string(),
  bulkApiKey: z.string(),
  adminApiKey: z.string(),
  viewers: z.array(z.object({ userId: z.string() })),
})
type Demo = z.infer<typeof demoFile>

/** The PostgreSQL that a data folder's Carillon runs. */
async function databaseOf(dataDir: string) {
  const servers = z
    .object({ postgres: z.object({ port: z.number(), password: z.string() }) })
    .parse(JSON.parse(await readFile(join(dataDir, 'servers.json'), 'utf8')))
  const { port, password } = servers.postgres
  return openDatabase({
    url: `postgres://carillon:${password}@127.0.0.1:${port}/carillon`,
    maxConnections: 2,
    name: 'bench',
  })
}

function nextMinute(aheadMs: number): Date {
  return new Date(Math.ceil((Date.now() + aheadMs) / 60_000) * 60_000)
}

async function makeSleepers(
  pool: ReturnType<typeof openDatabase>['pool'],
  count: number,
  release: Date,
): Promise<void> {
  const quietHours = { start: clock(new Date(release.getTime() - 3_600_000)), end: clock(release), days: null }
  await pool.query(
    `INSERT INTO users (user_id, phone, preferences_version)
      SELECT 'sleeper-' || n, '+1555' || lpad(n::text, 7, '0'), 1 FROM generate_series(0, $1 - 1) AS n`,
    [count],
  )
  await pool.query(
    `INSERT INTO preference (user_id, channel_order, quiet_hours)
      SELECT 'sleeper-' || n, '{}', $2 FROM generate_series(0, $1 - 1) AS n`,
    [count, JSON.stringify(quietHours)],
  )
}

function clock(at: Date): string {
  return at.toISOString().slice(11, 16)
}

async function makeTemplate(demo: Demo): Promise<void> {
  const query = `mutation { upsertTemplate(input: {
    name: "bench.reminder", tier: SOCIAL, category: "bench.reminder", contents: [{ sms: { body: "Good morning" } }]
  }) { __typename } }`
  await ask(demo, demo.adminApiKey, query, {})
}

async function sendToSleepers(demo: Demo, from: number): Promise<void> {
  const userIds = Array.from({ length: perNotification }, (_, n) => `sleeper-${from + n}`)
  await ask(demo, demo.bulkApiKey, sendMutation, { input: { template: 'bench.reminder', audience: { userIds } } })
}

const sendMutation = `mutation Send($input: SendNotificationInput!) {
  sendNotification(input: $input) { ... on SendNotificationPayload { notification { id } } }
}`
const sentAnswer = z.object({
  data: z.object({ sendNotification: z.object({ notification: z.object({ id: z.string() }) }) }),
})

async function ask({ gateway }: Demo, apiKey: string, query: string, variables: object): Promise<unknown> {
  const response = await fetch(`${gateway}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
    body: JSON.stringify({ query, variables }),
  })
  return response.json()
}

/** Waits until every page has been committed. */
async function heldCount(pool: ReturnType<typeof openDatabase>['pool']): Promise<number> {
  let before = -1
  for (;;) {
    const { rows } = await pool.query<{ held: number }>('SELECT count(*)::int AS held FROM held')
    const held = rows[0]?.held ?? 0
    if (held === before && held > 0) return held
    before = held
    await pause(2000)
  }
}

const ledger = z.array(z.object({ at: z.string(), notificationId: z.string(), recipientId: z.string() }))

async function messagesSince(demo: Demo, since: Date): Promise<z.infer<typeof ledger>> {
  return ledger.parse(
    await (await fetch(`${demo.sandbox}/messages?provider=twilio&since=${since.toISOString()}`)).json(),
  )
}

const counts = z.object({ twilio: z.object({ accepted: z.number() }) })

/** Asks for counts while they leave, and for the rows once: reading them is work for the sandbox, too. */
async function allLeft(demo: Demo, release: Date, count: number): Promise<{ firstMs: number; lastMs: number }> {
  const accepted = async () => counts.parse(await (await fetch(`${demo.sandbox}/faults`)).json()).twilio.accepted
  const before = await accepted()
  for (let n = 0; n < 600 && (await accepted()) < before + count; n++) await pause(500)
  const rows = (await messagesSince(demo, release)).filter(({ recipientId }) => recipientId.startsWith('sleeper-'))
  const people = new Set(rows.map(({ recipientId }) => recipientId))
  if (rows.length !== count || people.size !== count) {
    throw new Error(`${rows.length} SMS to ${people.size} people, instead of one to each of ${count}`)
  }
  const times = rows.map(({ at }) => Date.parse(at) - release.getTime()).sort((a, b) => a - b)
  return { firstMs: times[0] ?? 0, lastMs: times.at(-1) ?? 0 }
}

/** Sends one-time codes at a fixed pace, and resolves with how long each took to its provider. */
async function codesFor(demo: Demo, durationMs: number): Promise<readonly number[]> {
  const begun = new Date()
  const due = Array.from({ length: durationMs / codeEveryMs }, (_, n) => begun.getTime() + n * codeEveryMs)
  const sent = new Map(
    await Promise.all(
      due.map(async (at, n): Promise<[string, number]> => {
        await pause(at - Date.now())
        const userId = demo.viewers[n % demo.viewers.length]?.userId
        const input = {
          template: 'security.otp',
          audience: { userIds: [userId] },
          channels: ['SMS'],
          data: { code: '123456' },
        }
        const answer = sentAnswer.parse(await ask(demo, demo.bulkApiKey, sendMutation, { input }))
        return [answer.data.sendNotification.notification.id, at]
      }),
    ),
  )
  for (let n = 0; n < 100; n++) {
    const rows = (await messagesSince(demo, begun)).filter(({ notificationId }) => sent.has(notificationId))
    if (rows.length > sent.size) throw new Error('a code was sent twice')
    if (rows.length === sent.size)
      return rows.map(({ at, notificationId }) => Date.parse(at) - (sent.get(notificationId) ?? 0))
    await pause(500)
  }
  throw new Error('not every code has arrived')
}

function latencies(when: string, values: readonly number[]) {
  return {
    '': when,
    codes: values.length,
    'p50 ms': rounded(quantile(values, 0.5)),
    'p99 ms': rounded(quantile(values, 0.99)),
    'most ms': rounded(Math.max(...values)),
  }
}
