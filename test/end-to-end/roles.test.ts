import { randomBytes } from 'node:crypto'
import { afterAll, expect, it } from 'vitest'
import { demoUsers, seedDemo } from '../../prisma/seed.ts'
import { freePort } from '../../src/local/free-port.ts'
import { startServers } from '../../src/local/servers.ts'
import { startSandbox } from '../../src/sandbox/start.ts'
import { newApiKey } from '../../src/store/callers.ts'
import { openDatabase } from '../../src/store/database.ts'
import { aDataFolder, answersYes, runCarillon } from '../setup/carillon.ts'
import { orderShipped, send, stateOf } from '../setup/notification.ts'
import { reached } from '../setup/sandbox.ts'

/** One process for each role, as in production: they meet in the stores only. */
const commands = [
  ['gateway'],
  ['fan-out'],
  ['relay'],
  ['feedback'],
  ['dispatch', '--channel', 'push'],
  ['dispatch', '--channel', 'email', '--channel', 'sms', '--tier', 'transactional', '--tier', 'social'],
] as const

const dataDir = aDataFolder()
const servers = await startServers({ dataDir, env: {}, say: () => undefined })
const sandbox = await startSandbox({ port: 0, dataDir })
const aKey = () => newApiKey(randomBytes(32))
const keys = { apiKey: aKey(), bulkApiKey: aKey(), adminApiKey: aKey() }
const [port, viewerSecret] = [await freePort(), 'a secret for viewers that is long enough']
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

it('delivers through processes that each have one role, and stops each of them cleanly', async () => {
  const migrated = runCarillon(['migrate'], env)
  expect(await migrated.ended).toBe(0)
  const database = openDatabase({ url: servers.env.DATABASE_URL, maxConnections: 2, name: 'roles-test' })
  await seedDemo(database, keys)
  await database.close()

  const health: string[] = []
  for (const args of commands) {
    const own = args[0] === 'gateway' ? { PORT: `${port}` } : { HEALTH_PORT: `${await freePort()}` }
    processes.push(runCarillon(args, { ...env, ...own }))
    health.push(`http://127.0.0.1:${own.PORT ?? own.HEALTH_PORT}/readyz`)
  }
  await expect
    .poll(() => Promise.all(health.map(answersYes)), { timeout: 60_000, interval: 200 })
    .toEqual(commands.map(() => true))

  const demo = { gateway: `http://127.0.0.1:${port}`, sandbox: sandbox.url, ...keys, viewerSecret, viewers: [] }
  const id = await send({ demo }, orderShipped([demoUsers[0]?.id ?? '']))
  await expect.poll(() => stateOf({ demo }, id), { timeout: 20_000 }).toBe('DONE')
  expect(await reached({ demo }, id)).toEqual(['apns', 'fcm', 'sendgrid', 'twilio'])
})
