import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { runCarillon } from './carillon.ts'
import { foreignLoad } from './foreign-load.ts'
import { quantile, rounded } from './numbers.ts'
import type { Row, SuiteOptions } from './report.ts'

const everyMs = 100
const providers = ['apns', 'fcm', 'sendgrid', 'twilio'] as const

/** Sends one-time codes at a fixed pace, and finds them in the sandbox's ledger. */
export async function latencyToProviders({ quick, say }: SuiteOptions): Promise<readonly Row[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'carillon-bench-'))
  const carillon = runCarillon([process.execPath, 'src/main.ts', 'all'], {
    CARILLON_DATA_DIR: dataDir,
    NODE_ENV: 'production',
    ...Object.fromEntries(
      ['DATABASE_URL', 'REDIS_URL', 'NATS_URL', 'PORT', 'SANDBOX_URL'].map((name) => [name, undefined]),
    ),
  })
  await carillon.line(/Carillon is ready/)
  const demo = demoFile.parse(JSON.parse(await readFile(join(dataDir, 'demo.json'), 'utf8')))
  say('warming up')
  await sendAll(demo, quick ? 10 : 100)
  say('sending')
  const load = foreignLoad()
  const sent = await sendAll(demo, quick ? 20 : 300)
  const foreign = load()
  const rows = await arrived(demo, sent)
  await carillon.stop()
  await rm(dataDir, { recursive: true, force: true })
  return providers.map((provider) => {
    const latencies = rows
      .filter((row) => row.provider === provider)
      .map((row) => Date.parse(row.at) - (sent.get(row.notificationId) ?? 0))
    return {
      provider,
      notifications: latencies.length,
      'p50 ms': rounded(quantile(latencies, 0.5)),
      'p99 ms': rounded(quantile(latencies, 0.99)),
      'most ms': rounded(Math.max(...latencies)),
      'foreign cores': foreign === null ? 'unknown' : rounded(foreign, 2),
    }
  })
}

const demoFile = z.object({
  gateway: z.string(),
  sandbox: z.string(),
  bulkApiKey: z.string(),
  viewers: z.array(z.object({ userId: z.string() })),
})
type Demo = z.infer<typeof demoFile>

const answer = z.object({
  data: z.object({ sendNotification: z.object({ notification: z.object({ id: z.string() }) }) }),
})

/** The instant at which each notification was due to be sent, by its id. */
async function sendAll(demo: Demo, count: number): Promise<ReadonlyMap<string, number>> {
  const begun = Date.now()
  const dueAt = Array.from({ length: count }, (_, n) => begun + n * everyMs)
  const ids = await Promise.all(
    dueAt.map(async (at, n) => {
      await pause(at - Date.now())
      return send(demo, demo.viewers[n % demo.viewers.length]?.userId ?? '')
    }),
  )
  return new Map(ids.map((id, n) => [id, dueAt[n] ?? 0]))
}

async function send({ gateway, bulkApiKey }: Demo, userId: string): Promise<string> {
  const query = `mutation Send($userId: ID!) {
    sendNotification(input: { template: "security.otp", audience: { userIds: [$userId] }, data: { code: "123456" } }) {
      ... on SendNotificationPayload { notification { id } }
    }
  }`
  const response = await fetch(`${gateway}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${bulkApiKey}` },
    body: JSON.stringify({ query, variables: { userId } }),
  })
  return answer.parse(await response.json()).data.sendNotification.notification.id
}

const ledger = z.array(z.object({ at: z.string(), provider: z.string(), notificationId: z.string() }))
type LedgerRow = z.infer<typeof ledger>[number]

/** What the providers accepted: of each notification, one from each of them and nothing twice. */
async function arrived({ sandbox }: Demo, sent: ReadonlyMap<string, number>): Promise<readonly LedgerRow[]> {
  for (let n = 0; n < 100; n++) {
    const all = ledger.parse(await (await fetch(`${sandbox}/messages?limit=100000`)).json())
    const rows = all.filter(({ notificationId }) => sent.has(notificationId))
    if (rows.length === sent.size * providers.length) return rows
    if (rows.length > sent.size * providers.length)
      throw new Error(`${rows.length} messages for ${sent.size} notifications`)
    await pause(100)
  }
  throw new Error('not everything has arrived within ten seconds')
}
