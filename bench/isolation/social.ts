import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { quantile, rounded } from '../numbers.ts'
import type { Report, SuiteOptions } from '../report.ts'
import type { Whole } from '../whole.ts'
import { startBlast, taken } from './blast.ts'
import { codesFor, sendTo, told } from './codes.ts'
import { startPaced } from './paced.ts'

const everyMs = 250
const patienceMs = 240_000

/** Likes at 80 % of what drains, and at twice as much for a minute, with a campaign going on beside. */
export async function overload({ quick, say }: SuiteOptions): Promise<Report> {
  const whole = await startPaced(quick ? 50_000 : 400_000, say)
  const drains = await drainRate(whole, quick ? 5000 : 10_000)
  say(`likes drain at ${Math.round(drains)} a second; sending 80 % of that`)
  const light = await likesFor(whole, drains * 0.8, quick ? 5000 : 15_000)
  await untilLeft(whole, light)
  const latencies = await latenciesOf(whole, light)

  say('twice as many as drain, beside the campaign')
  const blast = await startBlast(whole)
  await pause(2000)
  const watch = watchQueues(whole)
  const forMs = quick ? 8000 : 60_000
  const codes = codesFor(whole, { everyMs: 20, forMs })
  const campaignBefore = await blast.processed()
  const heavy = await likesFor(whole, drains * 2, forMs)
  const campaignMeanwhile = (await blast.processed()) - campaignBefore
  const codeLatencies = await codes
  say('waiting for the likes to drain')
  const drainedAfterMs = await untilLeft(whole, heavy)
  const queues = await watch.stop()
  const all = await latenciesOf(whole, heavy)
  await whole.stop()
  return {
    notes: [
      'The whole of Carillon as npm start runs it, with its servers, the sandbox and this client, on one machine. Every like is in the ledger of the sandbox, once.',
    ],
    tables: [
      {
        title: 'likes (SOCIAL), from their mutation to their provider',
        rows: [
          likes('80 % of what drains', drains * 0.8, latencies),
          likes(`twice as many for ${forMs / 1000} s, beside a campaign`, drains * 2, all),
        ],
      },
      {
        title: 'twice as many likes as drain',
        rows: [
          {
            'most likes waiting (queues)': queues.mostSocial,
            'codes p99 ms': told('', codeLatencies)['p99 ms'],
            'most codes waiting': queues.mostTransactional,
            'campaign recipients/s meanwhile': rounded(campaignMeanwhile / (forMs / 1000)),
            'likes drained after s': rounded(drainedAfterMs / 1000, 1),
            'shed meanwhile': queues.levels.join(', '),
          },
        ],
      },
    ],
  }
}

interface Likes {
  readonly since: number
  /** When each notification was due to be sent, by its id. */
  readonly dueAt: ReadonlyMap<string, number>
  readonly deliveries: number
}

/** How many likes a second go out when more than enough of them wait. */
async function drainRate(whole: Whole, deliveries: number): Promise<number> {
  const each = 500
  const before = await taken(whole)
  const samples: { atMs: number; taken: number }[] = []
  const sending = Array.from({ length: deliveries / each }, (_, n) =>
    sendTo(whole, 'SOCIAL', readersFrom(n * each, each)),
  )
  await Promise.all(sending)
  for (;;) {
    const now = (await taken(whole)) - before
    samples.push({ atMs: performance.now(), taken: now })
    if (now >= deliveries) break
    await pause(200)
  }
  const middle = samples.filter((sample) => sample.taken > deliveries * 0.1 && sample.taken < deliveries * 0.9)
  const [first, last] = [middle[0] ?? samples[0], middle.at(-1) ?? samples.at(-1)]
  if (first === undefined || last === undefined || last.atMs <= first.atMs) return deliveries
  return (last.taken - first.taken) / ((last.atMs - first.atMs) / 1000)
}

let next = 0
/** The last of the smallest run; larger ones meet some of them twice. */
const liked = 50_000
function readersFrom(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `reader-${String((from + n) % liked).padStart(7, '0')}`)
}

async function likesFor(whole: Whole, perSecond: number, forMs: number): Promise<Likes> {
  const since = Date.now()
  const each = Math.round((perSecond * everyMs) / 1000)
  const due = Array.from({ length: forMs / everyMs }, (_, n) => since + n * everyMs)
  const dueAt = new Map(
    (
      await Promise.all(
        due.map(async (at): Promise<readonly (readonly [string, number])[]> => {
          await pause(Math.max(1, at - Date.now()))
          const from = next
          next += each
          const ids: (readonly [string, number])[] = []
          for (let n = 0; n < each; n += 1000) {
            ids.push([await sendTo(whole, 'SOCIAL', readersFrom(from + n, Math.min(1000, each - n))), at])
          }
          return ids
        }),
      )
    ).flat(),
  )
  return { since, dueAt, deliveries: each * due.length }
}

/** Resolves with how long it took, from the end of sending, until all have left. */
async function untilLeft({ database }: Whole, { dueAt }: Likes): Promise<number> {
  const ended = performance.now()
  while (performance.now() - ended < patienceMs) {
    const { rows } = await database.pool.query<{ open: number }>(
      `SELECT count(*)::int AS open FROM notification WHERE id = ANY($1) AND state <> 'DONE'`,
      [[...dueAt.keys()]],
    )
    if (rows[0]?.open === 0) return performance.now() - ended
    await pause(250)
  }
  throw new Error('the likes have not drained')
}

const ledger = z.array(z.object({ at: z.string(), notificationId: z.string().nullable() }))

async function latenciesOf({ demo }: Whole, { since, dueAt, deliveries }: Likes): Promise<readonly number[]> {
  const found: number[] = []
  for (const [id, at] of dueAt) {
    const url = `${demo.sandbox}/messages?notificationId=${id}&since=${new Date(since - 1000).toISOString()}`
    for (const row of ledger.parse(await (await fetch(url)).json())) found.push(Date.parse(row.at) - at)
  }
  if (found.length !== deliveries) throw new Error(`${found.length} of ${deliveries} likes are in the ledger`)
  return found
}

function likes(when: string, perSecond: number, latencies: readonly number[]) {
  return {
    '': when,
    'sent/s': rounded(perSecond),
    deliveries: latencies.length,
    'p50 s': rounded(quantile(latencies, 0.5) / 1000, 2),
    'p99 s': rounded(quantile(latencies, 0.99) / 1000, 2),
  }
}

const seen = z.object({
  queues: z.array(z.object({ tier: z.string(), waiting: z.number() })),
  shedding: z.object({ level: z.string() }).nullable(),
})

/** What `queues` and `shedding` show, again and again: pieces of work, of up to a hundred deliveries each. */
function watchQueues({ ask }: Whole) {
  const stopping = new AbortController()
  const most = new Map<string, number>()
  const levels = new Set<string>()
  const ended = run()

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const { queues, shedding } = seen.parse(
        await ask('adminApiKey', '{ queues { tier waiting } shedding { level } }'),
      )
      for (const [tier, of] of Map.groupBy(queues, (queue) => queue.tier)) {
        most.set(
          tier,
          Math.max(
            most.get(tier) ?? 0,
            of.reduce((sum, { waiting }) => sum + waiting, 0),
          ),
        )
      }
      levels.add(shedding?.level ?? 'NONE')
      await pause(1000, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }

  return {
    async stop() {
      stopping.abort()
      await ended
      return {
        mostSocial: most.get('SOCIAL') ?? 0,
        mostTransactional: most.get('TRANSACTIONAL') ?? 0,
        levels: [...levels],
      }
    },
  }
}
