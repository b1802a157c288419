import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { demoUsers, seedDemo } from '../../prisma/seed.ts'
import { freePort } from '../../src/local/free-port.ts'
import { startServers } from '../../src/local/servers.ts'
import { until } from '../../src/local/until.ts'
import { startSandbox } from '../../src/sandbox/start.ts'
import { newApiKey } from '../../src/store/callers.ts'
import { openDatabase } from '../../src/store/database.ts'
import { aDataFolder, answersYes, runCarillon } from '../setup/carillon.ts'
import { askOverSocket } from '../setup/live.ts'
import { orderShipped, read, send, stateOf } from '../setup/notification.ts'
import { aPerson } from '../setup/person.ts'
import { reached } from '../setup/sandbox.ts'

/** One process for each role and more, as in production: they meet in the stores only. */
const commands = [
  ['gateway'],
  ['gateway'],
  ['fan-out'],
  ['fan-out'],
  ['relay'],
  ['feedback'],
  ['dispatch', '--channel', 'push'],
  ['dispatch', '--channel', 'email', '--channel', 'sms', '--tier', 'transactional', '--tier', 'social'],
  ['dispatch', '--channel', 'sms', '--tier', 'transactional'],
] as const

const dataDir = aDataFolder()
const servers = await startServers({ dataDir, env: {}, say: () => undefined })
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
}
const processes: ReturnType<typeof runCarillon>[] = []

afterAll(async () => {
  for (const each of processes) each.signal('SIGTERM')
  const codes = await Promise.all(processes.map(({ ended }) => ended))
  await sandbox.close()
  await servers.stop()
  expect(codes).toEqual(commands.map(() => 0))
})

beforeAll(async () => {
  expect(await runCarillon(['migrate'], env).ended).toBe(0)
  const database = openDatabase({ url: servers.env.DATABASE_URL, maxConnections: 2, name: 'roles-test' })
  await seedDemo(database, keys)
  await database.close()
  commands.forEach((args, n) => {
    const own = args[0] === 'gateway' ? { PORT: `${ports[n]}` } : { HEALTH_PORT: `${ports[n]}` }
    processes.push(runCarillon(args, { ...env, ...own }))
  })
  const areReady = async () =>
    (await Promise.all(ports.map((port) => answersYes(`http://127.0.0.1:${port}/readyz`)))).every(Boolean)
  if (!(await until(areReady, 90_000))) throw new Error('not every role got ready')
}, 120_000)

const [one, another] = [gatewayAt(0), gatewayAt(1)]

function gatewayAt(n: number) {
  const gateway = `http://127.0.0.1:${ports[n]}`
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
