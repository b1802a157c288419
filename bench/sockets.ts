import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { median, quantile, rounded } from './numbers.ts'
import { type BenchProcess, pinned, startProcess } from './process.ts'
import type { Report, Row, SuiteOptions } from './report.ts'
import { inTurn, type Measured, worstForeign } from './rounds.ts'
import { startBenchServers } from './servers.ts'

const ours = 'Carillon'
const stock = 'stock graphql-ws, an iterator each'
const limit = 'limit: NATS, then a frame made beforehand'
const stored = 'Carillon, rows from PostgreSQL'

const everybody = 2000
const anybody = 5000
const atOnce = 500
/** A machine that others use is tried again, but not for ever. */
const tries = 3
const rounds = (quick: boolean) => (quick ? 2 : 5)

interface Figures {
  readonly cpuMicros: number
  readonly perSecond: number
  readonly latenciesMs: readonly number[]
  readonly clientCores: number
}

type Env = Record<string, string>

/** Events of live inboxes, from NATS to as many sockets. */
export async function sockets({ quick, say }: SuiteOptions): Promise<Report> {
  say('starting PostgreSQL, Redis and NATS')
  const servers = await startBenchServers()
  const env = { ...servers.env, VIEWER_JWT_SECRET: randomBytes(32).toString('base64url') }
  const scale = quick ? 0.1 : 1
  const idle = await idleMemory(env, anybody * scale, say)
  const toEverybody = await oneToEverybody(env, everybody * scale, quick, say)
  const { closed, paced } = await oneToAnybody(env, anybody * scale, quick, say)
  await servers.stop()
  return {
    tables: [
      {
        title: `one notification to ${everybody * scale} viewers, a socket each; medians of the rounds`,
        rows: toEverybody,
      },
      {
        title: `an event of its own for each of ${atOnce} random ones of ${anybody * scale} connected viewers, again and again`,
        rows: closed,
      },
      { title: 'the same at half of what Carillon has done, at a fixed pace, from when it was due', rows: paced },
      { title: `${anybody * scale} idle subscribers, after a collection of garbage`, rows: idle },
    ],
    notes: [
      'All have the same schema, document, events and a NATS subscription for each viewer; items are from memory, except where it says PostgreSQL.',
      'Carillon checks tokens, limits, orders events and would find one that was lost; the others do none of that.',
      'CPU is of the measured process, which is kept to core 0; clients, NATS and PostgreSQL are where there is room.',
      ...(pinned ? [] : ['Processes are not pinned: taskset is not at hand.']),
      'Ratios are of the same round, median (least to most); absolute figures are of this machine and this run.',
    ],
  }
}

async function oneToEverybody(env: Env, count: number, quick: boolean, say: SuiteOptions['say']) {
  const contenders = new Map([
    [ours, await start(env, 'carillon', 'memory')],
    [stock, await start(env, 'stock')],
    [limit, await start(env, 'raw')],
    [stored, await start(env, 'carillon', 'postgres')],
  ])
  const clients = await crowds(env, contenders, count, say)
  const measure = (name: string, durationMs: number) =>
    measured(contenders, clients, name, { do: 'everybody', crowd: name, durationMs, stored: name === stored })
  say('one notification to everybody')
  for (const name of contenders.keys()) await measure(name, quick ? 300 : 4000)
  const results = await inTurn(
    [...contenders.keys()],
    rounds(quick),
    (name) => measure(name, quick ? 500 : 1500),
    tries,
  )
  for (const process of [...clients.values(), ...contenders.values()]) await process.stop()
  const rows = rowsOf(results, 'delivery')
  for (const row of rows) say(JSON.stringify(row))
  return rows
}

async function oneToAnybody(env: Env, count: number, quick: boolean, say: SuiteOptions['say']) {
  const contenders = new Map([
    [ours, await start(env, 'carillon', 'each')],
    [stock, await start(env, 'stock')],
    [limit, await start(env, 'raw')],
  ])
  const clients = await crowds(env, contenders, count, say)
  const measure = (name: string, durationMs: number) =>
    measured(contenders, clients, name, { do: 'anybody', crowd: name, durationMs, atOnce: quick ? 50 : atOnce })
  say('an event for anybody')
  for (const name of contenders.keys()) await measure(name, quick ? 300 : 4000)
  const results = await inTurn(
    [...contenders.keys()],
    rounds(quick),
    (name) => measure(name, quick ? 500 : 1500),
    tries,
  )
  for (const row of rowsOf(results, 'event')) say(JSON.stringify(row))
  const half = median((results.get(ours) ?? []).map(({ value }) => value.perSecond)) / 2
  say(`${Math.round(half)} a second`)
  const request = { do: 'paced', crowd: ours, durationMs: quick ? 500 : 3000, perSecond: half }
  const pacedResults = await inTurn([ours], rounds(quick), () => measured(contenders, clients, ours, request), tries)
  for (const process of [...clients.values(), ...contenders.values()]) await process.stop()
  const paced = [...pacedResults].map(([name, all]): Row => {
    const latencies = all.flatMap(({ value }) => value.latenciesMs)
    return {
      'half load': name,
      'events/s': rounded(median(all.map(({ value }) => value.perSecond))),
      'p50 ms': rounded(quantile(latencies, 0.5), 1),
      'p99 ms': rounded(quantile(latencies, 0.99), 1),
      'most ms': rounded(quantile(latencies, 1), 1),
      target: `p99 < 10 ms ${quantile(latencies, 0.99) < 10 ? 'reached' : 'MISSED'}`,
      'foreign cores': worstForeign(all),
    }
  })
  return { closed: rowsOf(results, 'event'), paced }
}

/** What a subscriber costs is what more of them cost, once the first are there. */
async function idleMemory(env: Env, count: number, say: SuiteOptions['say']): Promise<readonly Row[]> {
  say('idle subscribers')
  const rows: Row[] = []
  for (const [name, file] of [
    [ours, 'carillon'],
    [stock, 'stock'],
  ] as const) {
    const contenders = new Map([[name, await start(env, file, 'memory')]])
    const first = Math.round(count / 10)
    const clients = await crowds(env, contenders, first, () => {})
    const before = await state(contenders.get(name), 'memory')
    await clients.get(name)?.ask({ do: 'join', crowd: name, url: before.url, count: count - first })
    const after = await state(contenders.get(name), 'memory')
    const each = (of: 'rss' | 'heapUsed') => rounded((after[of] - before[of]) / (count - first) / 1024, 1)
    rows.push({ idle: name, 'resident KiB each': each('rss'), 'heap KiB each': each('heapUsed') })
    for (const process of [...clients.values(), ...contenders.values()]) await process.stop()
  }
  return rows
}

function start(env: Env, file: string, ...args: string[]): Promise<BenchProcess> {
  return startProcess(new URL(`./sockets/${file}.ts`, import.meta.url).pathname, { core: 0, env, args })
}

/** Viewers of each contender, in one process. */
async function crowds(
  env: Env,
  contenders: ReadonlyMap<string, BenchProcess>,
  count: number,
  say: SuiteOptions['say'],
): Promise<ReadonlyMap<string, BenchProcess>> {
  const client = new URL('./sockets/client.ts', import.meta.url).pathname
  const clients = new Map<string, BenchProcess>()
  for (const [name, server] of contenders) {
    say(`connecting ${count} viewers: ${name}`)
    const process = await startProcess(client, { core: 1, env })
    const { url } = await state(server)
    await process.ask({ do: 'join', crowd: name, url, count })
    clients.set(name, process)
  }
  return clients
}

const contenderState = z.object({ url: z.string(), cpuMicros: z.number(), rss: z.number(), heapUsed: z.number() })

async function state(server: BenchProcess | undefined, question = 'state') {
  if (server === undefined) throw new Error('no such contender')
  return contenderState.parse(await server.ask(question))
}

const acted = z.object({
  deliveries: z.number(),
  seconds: z.number(),
  latenciesMs: z.array(z.number()),
  clientCores: z.number(),
})

async function measured(
  contenders: ReadonlyMap<string, BenchProcess>,
  clients: ReadonlyMap<string, BenchProcess>,
  name: string,
  request: object,
): Promise<Figures> {
  const before = await state(contenders.get(name))
  const result = acted.parse(await clients.get(name)?.ask(request))
  const after = await state(contenders.get(name))
  return {
    cpuMicros: (after.cpuMicros - before.cpuMicros) / result.deliveries,
    perSecond: result.deliveries / result.seconds,
    latenciesMs: result.latenciesMs,
    clientCores: result.clientCores,
  }
}

function rowsOf(results: ReadonlyMap<string, readonly Measured<Figures>[]>, each: string): readonly Row[] {
  const figures = (name: string) => (results.get(name) ?? []).map(({ value }) => value)
  return [...results].map(([name, all]): Row => {
    const values = all.map(({ value }) => value)
    const latencies = values.flatMap(({ latenciesMs }) => latenciesMs)
    return {
      server: name,
      [`CPU µs/${each}`]: rounded(median(values.map(({ cpuMicros }) => cpuMicros)), 1),
      [`${each === 'delivery' ? 'deliveries' : 'events'}/s`]: rounded(median(values.map(({ perSecond }) => perSecond))),
      'p50 ms': rounded(quantile(latencies, 0.5), 1),
      'p99 ms': rounded(quantile(latencies, 0.99), 1),
      '× stock (CPU)': ratios(figures(stock), values, ({ cpuMicros }) => cpuMicros),
      '× stock (a second)': ratios(values, figures(stock), ({ perSecond }) => perSecond),
      'client cores': rounded(Math.max(...values.map(({ clientCores }) => clientCores)), 2),
      'foreign cores': worstForeign(all),
    }
  })
}

/** "3.1 (2.9 to 3.3)": of the values of one round each. */
function ratios(above: readonly Figures[], below: readonly Figures[], of: (figures: Figures) => number): string {
  const all = above.flatMap((figures, round) => {
    const other = below[round]
    return other === undefined ? [] : [of(figures) / of(other)]
  })
  return `${median(all).toFixed(2)} (${Math.min(...all).toFixed(2)} to ${Math.max(...all).toFixed(2)})`
}
