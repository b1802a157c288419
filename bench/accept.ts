import { randomBytes } from 'node:crypto'
import { seedDemo } from '../prisma/seed.ts'
import { freePort } from '../src/local/free-port.ts'
import { newApiKey } from '../src/store/callers.ts'
import { type Database, openDatabase } from '../src/store/database.ts'
import { aCaller } from './caller.ts'
import { runCarillon } from './carillon.ts'
import { cpuSeconds } from './cpu-seconds.ts'
import { latencyToProviders } from './latency.ts'
import { load, startLoad } from './load.ts'
import { median, quantile, rounded } from './numbers.ts'
import type { Report, Row, SuiteOptions } from './report.ts'
import { inTurn, type Measured, worstForeign } from './rounds.ts'
import { type BenchServers, startBenchServers } from './servers.ts'
import { untilReady } from './until-ready.ts'

interface Figures {
  readonly perSecond: number
  readonly cpuMicros: number
  readonly latenciesMs: readonly number[]
  readonly clientCores: number
}

/** `sendNotification` until it is committed; and from there to the providers. */
export async function accept({ quick, say }: SuiteOptions): Promise<Report> {
  say('starting PostgreSQL, Redis, NATS and a gateway')
  const servers = await startBenchServers()
  const accepted = await acceptance(servers, { quick, say })
  await servers.stop()
  say('starting all of Carillon, with the sandbox')
  const latencies = await latencyToProviders({ quick, say })
  return {
    tables: [
      { title: 'sendNotification over HTTP until committed (TRANSACTIONAL, one recipient)', rows: accepted },
      { title: 'from the mutation to the provider, idle system, ten a second (security.otp)', rows: latencies },
    ],
    notes: [
      'Accepting: one gateway process, closed loop over keep-alive connections, every answer is checked and every notification is counted in PostgreSQL afterwards. Nothing is fanned out meanwhile.',
      'PostgreSQL, Redis, NATS, gateway and client share the machine; nothing is pinned. PostgreSQL commits synchronously (fsync).',
      'To the provider: open loop; from the instant at which the mutation was due to be sent to the instant at which the sandbox accepted the request, in whole milliseconds.',
    ],
  }
}

const mutation = `mutation {
  sendNotification(input: {
    template: "order.shipped", audience: { userIds: ["ada"] }, data: { orderId: "1001", item: "Bell tower" }
  }) { __typename ... on SendNotificationPayload { notification { id } } }
}`

async function acceptance(servers: BenchServers, { quick, say }: SuiteOptions): Promise<readonly Row[]> {
  const database = openDatabase({ url: servers.env.DATABASE_URL, maxConnections: 2, name: 'bench' })
  const apiKey = await prepareCaller(database)
  const port = await freePort()
  const gateway = runCarillon([process.execPath, 'src/main.ts', 'gateway'], {
    ...servers.env,
    PORT: String(port),
    CARILLON_SECRET_KEY: randomBytes(32).toString('base64url'),
    VIEWER_JWT_SECRET: randomBytes(32).toString('base64url'),
    NODE_ENV: 'production',
  })
  const base = `http://127.0.0.1:${port}`
  await untilReady(base)
  const client = await startLoad()
  let answered = 0
  const measure = async (connections: number, durationMs: number): Promise<Figures> => {
    const before = await cpuSeconds(base)
    const { answers, seconds, latenciesMs, clientCores } = await load(client, {
      url: `${base}/graphql`,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
      body: JSON.stringify({ query: mutation }),
      connections,
      durationMs,
      expect: '"__typename":"SendNotificationPayload"',
    })
    answered += answers
    const cpuMicros = (((await cpuSeconds(base)) - before) * 1e6) / answers
    return { perSecond: answers / seconds, cpuMicros, latenciesMs, clientCores }
  }
  say('warming up')
  await measure(16, quick ? 1000 : 8000)
  say('measuring in turn')
  const results = await inTurn(['1', '16', '64'], quick ? 1 : 5, (connections) =>
    measure(Number(connections), quick ? 1000 : 3000),
  )
  await client.stop()
  await gateway.stop()
  const { rows } = await database.pool.query<{ count: number }>('SELECT count(*)::int AS count FROM notification')
  await database.close()
  if (rows[0]?.count !== answered) throw new Error(`${answered} were accepted, and PostgreSQL has ${rows[0]?.count}`)
  return [...results].map(([connections, measured]) => rowOf(connections, measured))
}

function rowOf(connections: string, measured: readonly Measured<Figures>[]): Row {
  const values = measured.map(({ value }) => value)
  const latencies = values.flatMap(({ latenciesMs }) => latenciesMs)
  return {
    'at once': Number(connections),
    'accepted/s': rounded(median(values.map(({ perSecond }) => perSecond))),
    'p50 ms': rounded(quantile(latencies, 0.5), 1),
    'p99 ms': rounded(quantile(latencies, 0.99), 1),
    'gateway CPU µs each': rounded(median(values.map(({ cpuMicros }) => cpuMicros))),
    'client cores': rounded(Math.max(...values.map(({ clientCores }) => clientCores)), 2),
    'foreign cores': worstForeign(measured),
  }
}

/** A caller whom no rate limit stops. */
async function prepareCaller(database: Database): Promise<string> {
  const [bulkApiKey = '', adminApiKey = ''] = [1, 2].map(() => newApiKey(randomBytes(32)))
  await seedDemo(database, { apiKey: newApiKey(randomBytes(32)), bulkApiKey, adminApiKey })
  return aCaller(database, 'TRANSACTIONAL')
}
