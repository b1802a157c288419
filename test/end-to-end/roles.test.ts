import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openInbox } from '../../examples/carillon-client.ts'
import type { ShownInbox } from '../../examples/open-inbox.ts'
import { demoUsers, seedDemo } from '../../prisma/seed.ts'
import { freePort } from '../../src/local/free-port.ts'
import { startServers } from '../../src/local/servers.ts'
import { until } from '../../src/local/until.ts'
import { startSandbox } from '../../src/sandbox/start.ts'
import { newApiKey } from '../../src/store/callers.ts'
import { openDatabase } from '../../src/store/database.ts'
import { openProxy } from '../chaos/proxy.ts'
import { aDataFolder, answersYes, ofTheLog, runCarillon } from '../setup/carillon.ts'
import { askOverSocket } from '../setup/live.ts'
import { orderShipped, read, send, stateOf } from '../setup/notification.ts'
import { aPerson } from '../setup/person.ts'
import { ledger, reached } from '../setup/sandbox.ts'

/** One process for each role and more, as in production: they meet in the stores only. */
const commands = [
  ['gateway'],
  ['gateway'],
  ['fan-out'],
  ['fan-out'],
  ['relay'],
  ['relay', '--tier', 'transactional'],
  ['feedback'],
  ['dispatch', '--channel', 'push'],
  ['dispatch', '--channel', 'email', '--channel', 'sms', '--tier', 'transactional', '--tier', 'social'],
  ['dispatch', '--channel', 'sms', '--tier', 'transactional'],
] as const

const dataDir = aDataFolder()
const servers = await startServers({ dataDir, env: ofTheLog, say: () => undefined })
const sandbox = await startSandbox({ port: 0, dataDir })
const aKey = () => newApiKey(randomBytes(32))
const keys = { apiKey: aKey(), bulkApiKey: aKey(), adminApiKey: aKey() }
const viewerSecret = 'a secret for viewers that is long enough'
const ports = await Promise.all(commands.map(() => freePort()))
const env = {
  ...servers.env,
  ...sandbox.environment,
  CARILLON_SECRET_KEY: 'a secret key for tests that is long enough',
  VIEWER_JWT_SECRET: viewerSecret,
  // A gateway that stops tells its connections before it shuts the door.
  DRAIN_NOTICE_MS: '500',
}
const processes: ReturnType<typeof runCarillon>[] = []
const balancer = await openProxy(ports.slice(0, 2))

afterAll(async () => {
  for (const each of processes) each.signal('SIGTERM')
  const codes = await Promise.all(processes.map(({ ended }) => ended))
  await balancer.close()
  await sandbox.close()
  await servers.stop()
  expect(codes).toEqual(commands.map(() => 0))
})

beforeAll(async () => {
  expect(await runCarillon(['migrate'], env).ended).toBe(0)
  const database = openDatabase({ url: servers.env.DATABASE_URL, maxConnections: 2, name: 'roles-test' })
  await seedDemo(database, keys)
  await database.close()
  commands.forEach((_, n) => {
    start(n)
  })
  await allReady()
}, 120_000)

function start(n: number): void {
  const args = commands[n] ?? []
  const own = args[0] === 'gateway' ? { PORT: `${ports[n]}` } : { HEALTH_PORT: `${ports[n]}` }
  processes[n] = runCarillon(args, { ...env, ...own })
}

async function allReady(): Promise<void> {
  const areReady = async () =>
    (await Promise.all(ports.map((port) => answersYes(`http://127.0.0.1:${port}/readyz`)))).every(Boolean)
  if (!(await until(areReady, 90_000))) throw new Error('not every role got ready')
}

const [one, another, either] = [gatewayAt(ports[0]), gatewayAt(ports[1]), gatewayAt(balancer.port)]

function gatewayAt(port: number | undefined) {
  const gateway = `http://127.0.0.1:${port}`
  return { demo: { gateway, sandbox: sandbox.url, ...keys, viewerSecret, viewers: [] } }
}

it('delivers through processes that each have one role', async () => {
  const id = await send(one, orderShipped([demoUsers[0]?.id ?? '']))
  await expect.poll(() => stateOf(another, id), { timeout: 20_000 }).toBe('DONE')
  expect(await reached(one, id)).toEqual(['apns', 'fcm', 'sendgrid', 'twilio'])
})

/** What becomes of ten SMS, sent through the other gateway as soon as this is called. */
async function tenSms(userId: string): Promise<ReadonlySet<string>> {
  const input = orderShipped([userId], { channels: ['IN_APP', 'SMS'] })
  const ids = await Promise.all(Array.from({ length: 10 }, () => send(another, input)))
  return new Set(
    await Promise.all(
      ids.map(async (id) => {
        await expect.poll(() => stateOf(another, id), { timeout: 20_000 }).toBe('DONE')
        const sms = (await read(another, id)).deliveries.nodes.find(({ channel }) => channel === 'SMS')
        return `${sms?.state} ${sms?.reason}`
      }),
    ),
  )
}

it('obeys in every process what a viewer has just said over a WebSocket in one', async () => {
  const person = await aPerson(one)
  const turnSms = (enabled: boolean) =>
    askOverSocket(one, person.token, {
      query: `mutation Turn($input: UpdatePreferencesInput!) { updatePreferences(input: $input) { __typename } }`,
      variables: { input: { channels: [{ channel: 'SMS', enabled }] } },
    })
  for (let round = 0; round < 3; round++) {
    expect(await turnSms(false)).toEqual({ data: { updatePreferences: { __typename: 'Preferences' } } })
    expect(await tenSms(person.userId)).toEqual(new Set(['SUPPRESSED channel_off']))
    await turnSms(true)
    expect(await tenSms(person.userId)).toEqual(new Set(['SENT null']))
  }
})

it('obeys a hard stop in every process as soon as it has been set', async () => {
  const person = await aPerson(one)
  expect(await tenSms(person.userId)).toEqual(new Set(['SENT null']))
  await askOverSocket(one, person.token, {
    query: `mutation { setHardStop(input: { active: true, reason: "asked for it" }) { __typename } }`,
  })
  expect(await tenSms(person.userId)).toEqual(new Set(['SUPPRESSED hard_stop']))
})

it('answers for its health in every role', async () => {
  const told = await Promise.all(
    ports.map(async (port) => {
      const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`)
      const [live, ready, metrics] = await Promise.all([get('/livez'), get('/readyz'), get('/metrics')])
      const names = [...(await metrics.text()).matchAll(/^# TYPE (carillon_\S+)/gm)].map(([, name]) => name)
      return { live: await live.json(), ready: await ready.json(), measures: names.includes('carillon_duty_held') }
    }),
  )
  expect(told).toEqual(
    commands.map(() => ({ live: { live: true }, ready: { ready: true, missing: [] }, measures: true })),
  )
})

/** Which processes keep house: one at a time. */
async function housekeepers(): Promise<readonly number[]> {
  const texts = await Promise.all(
    ports.map((port) =>
      fetch(`http://127.0.0.1:${port}/metrics`).then(
        (response) => response.text(),
        () => '',
      ),
    ),
  )
  return texts.flatMap((text, n) => (text.includes('carillon_duty_held{duty="housekeeping"} 1') ? [n] : []))
}

it('is restarted role by role under load: every mutation accepted, every message sent once, the inbox complete', async () => {
  await expect
    .poll(async () => (await housekeepers()).map((n) => commands[n]?.[0]), { timeout: 15_000 })
    .toEqual(['relay'])
  const person = await aPerson(one)
  let shown: ShownInbox | undefined
  const inbox = openInbox({
    url: `${either.demo.gateway}/graphql`,
    token: async () => person.token,
    show: (now) => {
      shown = now
    },
  })
  await expect.poll(() => shown?.items.length, { timeout: 20_000 }).toBe(0)
  let isOver = false
  const input = orderShipped([person.userId], { channels: ['IN_APP', 'SMS'] })
  const sending: Promise<string>[] = []
  const sendOn = async () => {
    for (; !isOver; await pause(50)) sending.push(send(either, input, either.demo.bulkApiKey))
  }
  const load = sendOn()
  for (const half of [0, 1]) {
    const now = commands.map((_, n) => n).filter((n) => n % 2 === half)
    for (const n of now) processes[n]?.signal('SIGTERM')
    expect(await Promise.all(now.map((n) => processes[n]?.ended))).toEqual(now.map(() => 0))
    for (const n of now) start(n)
    await allReady()
  }
  isOver = true
  await load
  const ids = await Promise.all(sending)
  await expect.poll(() => shown?.items.length, { timeout: 60_000 }).toBe(ids.length)
  expect(shown?.unreadCount).toBe(ids.length)
  const state = async (id: string) => (await read(either, id, either.demo.bulkApiKey)).state
  for (const id of ids) await expect.poll(() => state(id), { timeout: 60_000 }).toBe('DONE')
  const sent = await Promise.all(ids.map(async (id) => (await ledger(either, id)).length))
  expect(sent).toEqual(ids.map(() => 1))
  inbox.close()
  await expect
    .poll(async () => (await housekeepers()).map((n) => commands[n]?.[0]), { timeout: 15_000 })
    .toEqual(['relay'])
})
