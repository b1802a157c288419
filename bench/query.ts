import { randomBytes } from 'node:crypto'
import { SignJWT } from 'jose'
import { z } from 'zod'
import { inTransaction, openDatabase } from '../src/store/database.ts'
import { insertInboxItems } from '../src/store/inbox-write.ts'
import { type Load, load, startLoad } from './load.ts'
import { median, quantile, rounded } from './numbers.ts'
import { type BenchProcess, pinned, startProcess } from './process.ts'
import { inboxQuery, items, userId } from './query/inbox.ts'
import type { Report, Row, SuiteOptions } from './report.ts'
import { inTurn, type Measured, worstForeign } from './rounds.ts'
import { startBenchServers } from './servers.ts'

const ours = 'Carillon, rows from memory'
const stock = 'stock Yoga, rows from memory'
const bare = 'node:http + JSON, rows from memory'
const withPostgres = 'Carillon, rows from PostgreSQL'

interface Figures {
  readonly cpuMicros: number
  readonly perSecond: number
  readonly latenciesMs: readonly number[]
  readonly clientCores: number
}

/** inbox(20) as a viewer asks for it. */
export async function query({ quick, say }: SuiteOptions): Promise<Report> {
  say('starting PostgreSQL, Redis, NATS and the contenders')
  const servers = await startBenchServers()
  const secret = randomBytes(32).toString('base64url')
  const env = { ...servers.env, VIEWER_JWT_SECRET: secret }
  await fillInbox(servers.env.DATABASE_URL)
  const contenders = new Map([
    [ours, await start('carillon', env, 'memory')],
    [stock, await start('yoga', env)],
    [bare, await start('bare', env)],
    [withPostgres, await start('carillon', env, 'postgres')],
  ])
  const client = await startLoad()
  const request: Omit<Load, 'url' | 'durationMs'> = {
    headers: { 'content-type': 'application/json', authorization: `Bearer ${await token(secret)}` },
    body: JSON.stringify({ query: inboxQuery }),
    connections: 50,
    expect: '"endCursor":"',
  }
  const measure = async (name: string, durationMs: number): Promise<Figures> => {
    const server = contenders.get(name)
    if (server === undefined) throw new Error(`no contender ${name}`)
    const { url, cpuMicros: before } = await state(server)
    const loaded = await load(client, { ...request, url, durationMs })
    const { cpuMicros: after } = await state(server)
    const { answers, seconds, latenciesMs, clientCores } = loaded
    return { cpuMicros: (after - before) / answers, perSecond: answers / seconds, latenciesMs, clientCores }
  }
  for (const name of contenders.keys()) {
    say(`warming up: ${name}`)
    await measure(name, quick ? 1000 : 8000)
  }
  say('measuring in turn')
  // A machine that others use is tried again, but not for ever.
  const tries = 3
  const names = [...contenders.keys()]
  const results = await inTurn(names, quick ? 2 : 5, (name) => measure(name, quick ? 1000 : 2000), tries)
  for (const process of [...contenders.values(), client]) await process.stop()
  await servers.stop()
  return report(results)
}

function start(file: string, env: Record<string, string>, ...args: string[]): Promise<BenchProcess> {
  return startProcess(new URL(`./query/${file}.ts`, import.meta.url).pathname, { core: 0, env, args })
}

const contenderState = z.object({ url: z.string(), cpuMicros: z.number() })

async function state(server: BenchProcess) {
  return contenderState.parse(await server.ask('state'))
}

async function fillInbox(url: string): Promise<void> {
  const database = openDatabase({ url, maxConnections: 1, name: 'bench' })
  for (const {
    readAt: _r,
    archivedAt: _a,
    createdSeq: _c,
    changedSeq: _s,
    imageUrl,
    deepLink,
    ...item
  } of items.toReversed()) {
    const row = { ...item, ...(imageUrl !== null && { imageUrl }), ...(deepLink !== null && { deepLink }) }
    await inTransaction(database.pool, (connection) => insertInboxItems(connection, [row]))
  }
  await database.pool.query('VACUUM ANALYZE')
  await database.close()
}

function token(secret: string): Promise<string> {
  return new SignJWT()
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(userId)
    .setExpirationTime('1 hour')
    .sign(new TextEncoder().encode(secret))
}

function report(results: ReadonlyMap<string, readonly Measured<Figures>[]>): Report {
  const figures = (name: string) => (results.get(name) ?? []).map(({ value }) => value)
  const rows = [...results].map(([name, measured]): Row => {
    const values = measured.map(({ value }) => value)
    const latencies = values.flatMap(({ latenciesMs }) => latenciesMs)
    return {
      'inbox(20)': name,
      'CPU µs/request': rounded(median(values.map(({ cpuMicros }) => cpuMicros))),
      'requests/s': rounded(median(values.map(({ perSecond }) => perSecond))),
      'p50 ms': rounded(quantile(latencies, 0.5), 1),
      'p99 ms': rounded(quantile(latencies, 0.99), 1),
      '× stock Yoga (CPU)': ratios(figures(stock), values, ({ cpuMicros }) => cpuMicros),
      '× stock Yoga (requests/s)': ratios(values, figures(stock), ({ perSecond }) => perSecond),
      'client cores': rounded(Math.max(...values.map(({ clientCores }) => clientCores)), 2),
      'foreign cores': worstForeign(measured),
    }
  })
  return {
    tables: [{ title: 'inbox(20), 50 keep-alive connections, closed loop; medians of the rounds', rows }],
    notes: [
      'Ratios are of the same round, median (least to most); absolute figures are of this machine and this run.',
      'Carillon authenticates, limits and counts every request; stock Yoga and node:http do none of that.',
      pinned
        ? 'The measured process is kept to core 0, the client to core 1; PostgreSQL runs where there is room.'
        : 'Processes are not pinned: taskset is not at hand.',
      'The client is no limit where its cores are well below 1.',
    ],
  }
}

/** "3.1 (2.9 to 3.3)": of the values of one round each. */
function ratios(above: readonly Figures[], below: readonly Figures[], of: (figures: Figures) => number): string {
  const all = above.flatMap((figures, round) => {
    const other = below[round]
    return other === undefined ? [] : [of(figures) / of(other)]
  })
  return `${median(all).toFixed(2)} (${Math.min(...all).toFixed(2)} to ${Math.max(...all).toFixed(2)})`
}
