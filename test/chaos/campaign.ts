import { setTimeout as pause } from 'node:timers/promises'
import { createClient } from 'graphql-ws'
import { z } from 'zod'
import { quantile, rounded } from '../../bench/numbers.ts'
import type { Report } from '../../bench/report.ts'
import type { Database } from '../../src/store/database.ts'
import { dice } from './dice.ts'
import { openStage, type Stage } from './stage.ts'

export interface CampaignRun {
  readonly folder: string
  readonly seed: number
  readonly recipients: number
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}

/** Each twentieth has a phone, too: what a provider got shows who was met twice. */
const phoneEvery = 20
const killEveryMs = 2500
const limitMs = 400_000

/**
 * A campaign whose workers are killed again and again, and which is paused and resumed in the middle: nobody may be left out,
 * nobody met twice. Resolves with the figures, and what was broken.
 */
export async function playCampaign(
  run: CampaignRun,
): Promise<{ readonly report: Report; readonly broken: readonly string[] }> {
  const { folder, seed, recipients, say, signal } = run
  say('starting servers, sandbox and every role')
  const stage = await openStage({ folder, seed, disk: undefined, isClustered: false, say, signal })
  try {
    await invite(stage.database, recipients)
    await makeTemplate(stage)
    const id = await create(stage, 'everybody')
    const progress = watchProgress(stage, id)
    await step(stage, 'start', id)
    say(`a campaign to ${recipients} people`)
    const killing = killWorkers(stage, { seed, signal })
    await until(() => progress.processed() >= recipients * 0.3, signal)
    const paused = await pauseInTheMiddle(stage, id, say)
    await until(() => progress.state() === 'DONE', signal)
    const kills = await killing.stop()
    say(`it is done, after ${kills} kills`)
    const seen = progress.close()
    if (!(await stage.ready(60_000))) say('not every role is ready again')
    const cancelled = await cancelInTheMiddle(stage, signal)
    const facts = await readFacts(stage, id)
    const broken = [
      ...(facts.recipients === recipients
        ? []
        : [`${facts.recipients} recipients in its pages instead of ${recipients}`]),
      ...(facts.items === recipients ? [] : [`${facts.items} inbox items instead of ${recipients}`]),
      ...(facts.unread === recipients ? [] : [`${facts.unread} unread instead of ${recipients}`]),
      ...(facts.pushed === Math.ceil(recipients / phoneEvery) ? [] : [`${facts.pushed} people with a push`]),
      ...(facts.pushesTwice / facts.pushed <= 0.001 ? [] : [`${facts.pushesTwice} pushes twice, after collapse ids`]),
      ...(seen.isMonotone ? [] : ['its progress went back']),
      ...(paused.stoppedAfterMs <= 2000 ? [] : [`pausing took ${paused.stoppedAfterMs} ms`]),
      ...(paused.resumedAfterMs <= 2000 ? [] : [`resuming took ${paused.resumedAfterMs} ms`]),
      ...(cancelled.stoppedAfterMs <= 2000 ? [] : [`cancelling took ${cancelled.stoppedAfterMs} ms`]),
    ]
    return {
      broken,
      report: {
        tables: [
          {
            title: `a campaign to ${recipients} people; one of its workers is killed every ${killEveryMs / 1000} s`,
            rows: [
              {
                kills,
                'inbox items': facts.items,
                'left out': recipients - facts.items,
                'met twice': facts.unread - facts.items,
                pushes: facts.pushes,
                'pushes twice': facts.pushesTwice,
                'done after s': rounded(seen.seconds, 1),
                'progress events': seen.events,
                'most s between them': rounded(seen.longestGapMs / 1000, 1),
              },
            ],
          },
          {
            title: 'from the answer of the mutation until its effect',
            rows: [
              {
                'paused after ms': rounded(paused.stoppedAfterMs),
                'pages after that': paused.pagesAfter,
                'resumed after ms': rounded(paused.resumedAfterMs),
                'cancelled after ms': rounded(cancelled.stoppedAfterMs),
              },
            ],
          },
        ],
        notes: [
          `Again: npm run chaos -- campaign --seed ${seed} --people ${recipients}`,
          'Every role is a process; killed with SIGKILL were those that fan out, dispatch and relay MARKETING. Each twentieth has a phone. Items, counts and pages are those in PostgreSQL, pushes those in the ledger of the sandbox.',
          ...(broken.length === 0 ? ['Every limit was kept.'] : broken.map((limit) => `BROKEN: ${limit}`)),
        ],
      },
    }
  } finally {
    say('stopping')
    await stage.close()
  }
}

async function invite({ pool }: Database, recipients: number): Promise<void> {
  await pool.query('ALTER TABLE device DISABLE TRIGGER device_version')
  await pool.query(
    `INSERT INTO users (user_id, region, devices_version)
      SELECT 'reader-' || lpad(n::text, 7, '0'), 'campaign', CASE WHEN n % $2 = 0 THEN 1 ELSE 0 END
      FROM generate_series(0, $1 - 1) AS n`,
    [recipients, phoneEvery],
  )
  await pool.query(
    `INSERT INTO device (user_id, device_id, platform, token, app, environment)
      SELECT user_id, 'android', 'ANDROID', 'bench:APA91b' || md5(user_id) || md5(user_id || '.'), 'app.carillon.demo',
        'PRODUCTION' FROM users WHERE region = 'campaign' AND devices_version = 1`,
  )
  await pool.query('ALTER TABLE device ENABLE TRIGGER device_version')
  await pool.query('ANALYZE users, device')
}

const answer = z.object({ data: z.record(z.string(), z.looseObject({ __typename: z.string() })) })

/** A gateway may be gone at the moment: asks again. */
async function ask({ demo }: Stage, query: string, variables: object): Promise<Record<string, unknown>> {
  for (let tries = 0; ; tries++) {
    const asked = await fetch(`${demo.gateway}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${demo.adminApiKey}` },
      body: JSON.stringify({ query, variables }),
    }).then(
      (response) => response.json(),
      () => undefined,
    )
    const parsed = answer.safeParse(asked)
    const [first] = parsed.success ? Object.values(parsed.data.data) : []
    if (first) return first
    if (tries > 40) throw new Error(JSON.stringify(asked))
    await pause(250)
  }
}

async function makeTemplate(stage: Stage): Promise<void> {
  const contents = [{ inApp: { title: 'News', body: 'for you' }, push: { title: 'News', body: 'for you' } }]
  const input = { name: 'chaos.news', tier: 'MARKETING', category: 'chaos.news', contents }
  await ask(stage, 'mutation ($input: UpsertTemplateInput!) { upsertTemplate(input: $input) { __typename } }', {
    input,
  })
  const segment = { name: 'campaign', filter: { attribute: { path: 'region', equals: 'campaign' } } }
  await ask(stage, 'mutation ($input: UpsertSegmentInput!) { upsertSegment(input: $input) { __typename } }', {
    input: segment,
  })
}

async function create(stage: Stage, name: string): Promise<string> {
  const input = { name, template: 'chaos.news', audience: { segment: 'campaign' }, idempotencyKey: name }
  const made = await ask(
    stage,
    'mutation ($input: CreateCampaignInput!) { createCampaign(input: $input) { __typename ... on Campaign { id } } }',
    { input },
  )
  return z.object({ id: z.string() }).parse(made).id
}

async function step(stage: Stage, name: 'start' | 'pause' | 'resume' | 'cancel', id: string): Promise<void> {
  const made = await ask(stage, `mutation ($id: ID!) { ${name}Campaign(id: $id) { __typename } }`, { id })
  if (made['__typename'] !== 'Campaign') throw new Error(`${name}Campaign: ${JSON.stringify(made)}`)
}

const event = z.object({ data: z.object({ campaignProgress: z.object({ state: z.string(), processed: z.int() }) }) })

/** As somebody who watches it sees it: over one WebSocket. No gateway is killed, so that it lasts. */
function watchProgress({ demo }: Stage, id: string) {
  const client = createClient({
    url: `${demo.gateway.replace('http', 'ws')}/graphql`,
    connectionParams: { Authorization: `Bearer ${demo.adminApiKey}` },
  })
  const begun = performance.now()
  const seen: { readonly state: string; readonly processed: number; readonly atMs: number }[] = []
  client.subscribe(
    { query: 'subscription ($id: ID!) { campaignProgress(id: $id) { state processed } }', variables: { id } },
    {
      next: (each) => seen.push({ ...event.parse(each).data.campaignProgress, atMs: performance.now() }),
      error: console.error,
      complete: () => undefined,
    },
  )
  return {
    processed: () => seen.at(-1)?.processed ?? 0,
    state: () => seen.at(-1)?.state,
    close() {
      void client.dispose()
      const gaps = seen.slice(1).map(({ atMs }, n) => atMs - (seen[n]?.atMs ?? atMs))
      return {
        events: seen.length,
        seconds: ((seen.at(-1)?.atMs ?? begun) - begun) / 1000,
        longestGapMs: quantile(gaps, 1),
        isMonotone: seen.every(({ processed }, n) => processed >= (seen[n - 1]?.processed ?? 0)),
      }
    },
  }
}

/** Those that fan out twice as often. */
const victims = ['fan-out', 'bulk', 'fan-out', 'bulk', 'relay', 'dispatch-1', 'dispatch-2'] as const

function killWorkers(stage: Stage, { seed, signal }: { readonly seed: number; readonly signal: AbortSignal }) {
  const roll = dice(seed)
  const stopping = new AbortController()
  let kills = 0
  const ended = run()

  async function run(): Promise<void> {
    while (!stopping.signal.aborted && !signal.aborted) {
      await pause(killEveryMs, undefined, { signal: stopping.signal }).catch(() => undefined)
      if (stopping.signal.aborted) return
      stage.roles.get(roll.pick(victims))?.kill()
      kills += 1
    }
  }

  return {
    async stop() {
      stopping.abort()
      await ended
      return kills
    },
  }
}

async function pagesOf({ database }: Stage, id: string): Promise<number> {
  const { rows } = await database.pool.query<{ pages: number }>(
    'SELECT n.pages FROM notification n JOIN campaign c ON c.notification_id = n.id WHERE c.id = $1',
    [id],
  )
  return rows[0]?.pages ?? 0
}

/** How long after the answer pages were still made, and, of what followed, how long until the first one was made again. */
async function pauseInTheMiddle(stage: Stage, id: string, say: (line: string) => void) {
  await step(stage, 'pause', id)
  const stopped = await standstill(stage, id)
  say(`paused: its last page came after ${Math.round(stopped.stoppedAfterMs)} ms`)
  await step(stage, 'resume', id)
  const resumed = performance.now()
  const before = stopped.pages
  while ((await pagesOf(stage, id)) === before && performance.now() - resumed < 30_000) await pause(10)
  return { ...stopped, resumedAfterMs: performance.now() - resumed }
}

/** Watches for three seconds: when the last page was made. */
async function standstill(stage: Stage, id: string) {
  const answered = performance.now()
  const first = await pagesOf(stage, id)
  let pages = first
  let stoppedAfterMs = 0
  while (performance.now() - answered < 3000) {
    const now = await pagesOf(stage, id)
    if (now > pages) stoppedAfterMs = performance.now() - answered
    pages = now
    await pause(10)
  }
  return { stoppedAfterMs, pages, pagesAfter: pages - first }
}

async function cancelInTheMiddle(stage: Stage, signal: AbortSignal) {
  const id = await create(stage, 'cancelled')
  await step(stage, 'start', id)
  await until(async () => (await pagesOf(stage, id)) >= 5, signal)
  await step(stage, 'cancel', id)
  return standstill(stage, id)
}

async function readFacts({ database, demo }: Stage, id: string) {
  const { rows } = await database.pool.query<{
    notification: string
    items: number
    unread: number
    recipients: number
  }>(
    `SELECT c.notification_id AS notification,
        (SELECT count(*)::int FROM inbox_item i WHERE i.notification_id = c.notification_id) AS items,
        (SELECT coalesce(sum(h.unread), 0)::int FROM inbox_head h) - (SELECT count(*)::int FROM inbox_item i
          WHERE i.notification_id <> c.notification_id) AS unread,
        (SELECT sum(recipient_count)::int FROM page p WHERE p.notification_id = c.notification_id) AS recipients
      FROM campaign c WHERE c.id = $1`,
    [id],
  )
  const [facts] = rows
  if (facts === undefined) throw new Error('the campaign is gone')
  const ledger = z
    .array(z.object({ recipientId: z.string() }))
    .parse(await (await fetch(`${demo.sandbox}/messages?notificationId=${facts.notification}`)).json())
  const pushed = new Set(ledger.map(({ recipientId }) => recipientId)).size
  return { ...facts, pushes: ledger.length, pushed, pushesTwice: ledger.length - pushed }
}

async function until(isSo: () => boolean | Promise<boolean>, signal: AbortSignal): Promise<void> {
  const begun = performance.now()
  while (!(await isSo())) {
    signal.throwIfAborted()
    if (performance.now() - begun > limitMs) throw new Error('it took too long')
    await pause(50)
  }
}
