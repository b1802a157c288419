import { afterAll, beforeAll, expect, it } from 'vitest'
import { demoUsers, seedDemo } from '../../prisma/seed.ts'
import { freePort } from '../../src/local/free-port.ts'
import { openKept } from '../../src/local/kept.ts'
import { type LocalServers, startServers } from '../../src/local/servers.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/start.ts'
import { openDatabase } from '../../src/store/database.ts'
import { aDataFolder, type CarillonProcess, ofTheLog, runCarillon } from '../setup/carillon.ts'
import { read, send, stateOf } from '../setup/notification.ts'
import { reached } from '../setup/sandbox.ts'

/* Processes that start before their servers do, which then come up one after the other. */

const hasCassandra = 'CARILLON_DELIVERY_LOG' in ofTheLog
const patience = { timeout: 20_000, interval: 50 }
const [natsPort, redisPort, gatewayPort, bulkPort, cassandraPort] = [
  await freePort(),
  await freePort(),
  await freePort(),
  await freePort(),
  await freePort(),
]
const ports = { nats: natsPort, redis: redisPort, gateway: gatewayPort, bulk: bulkPort, cassandra: cassandraPort }
const urls = { nats: `nats://127.0.0.1:${ports.nats}`, redis: `redis://:geheim@127.0.0.1:${ports.redis}` }
const folders = { postgres: aDataFolder(), nats: aDataFolder(), gateway: aDataFolder(), bulk: aDataFolder() }
const keys = { apiKey: 'car_of_a_test', bulkApiKey: 'car_of_bulk', adminApiKey: 'car_of_an_admin' }
const viewerSecret = 'a secret for viewers that is long enough'

let databaseUrl: string
let sandbox: Sandbox
let env: Readonly<Record<string, string>>
let gateway: CarillonProcess
let bulk: CarillonProcess
const servers: LocalServers[] = []

/** With the Cassandra of a run that is about it. */
function startPostgres(): Promise<LocalServers> {
  openKept(folders.postgres).setPort('cassandra', ports.cassandra)
  const others = { NATS_URL: urls.nats, REDIS_URL: urls.redis, ...ofTheLog }
  return startServers({ dataDir: folders.postgres, env: others, say: () => undefined })
}

function startNats(): Promise<LocalServers> {
  openKept(folders.nats).setPort('nats', ports.nats)
  const others = { DATABASE_URL: databaseUrl, REDIS_URL: urls.redis }
  return startServers({ dataDir: folders.nats, env: others, say: () => undefined })
}

beforeAll(async () => {
  const postgres = await startPostgres()
  databaseUrl = postgres.env.DATABASE_URL
  await postgres.stop()
  sandbox = await startSandbox({ port: 0, dataDir: aDataFolder() })
  env = {
    ...sandbox.environment,
    DATABASE_URL: databaseUrl,
    NATS_URL: urls.nats,
    REDIS_URL: urls.redis,
    ...(hasCassandra && { CASSANDRA_CONTACT_POINTS: `127.0.0.1:${ports.cassandra}` }),
    CARILLON_SECRET_KEY: 'a secret key for tests that is long enough',
    VIEWER_JWT_SECRET: viewerSecret,
  }
  const ofGateway = { CARILLON_DATA_DIR: folders.gateway, PORT: `${ports.gateway}`, DRAIN_NOTICE_MS: '1500' }
  gateway = runCarillon(['gateway'], { ...env, ...ofGateway })
  bulk = runCarillon(['bulk'], { ...env, CARILLON_DATA_DIR: folders.bulk, HEALTH_PORT: `${ports.bulk}` })
}, 120_000)

afterAll(async () => {
  for (const each of [gateway, bulk]) each.signal('SIGKILL')
  await Promise.all(servers.map((each) => each.stop()))
  await sandbox.close()
})

/** Both processes, as a load balancer sees them: what they wait for, or what went wrong with asking. */
async function missing(): Promise<readonly unknown[]> {
  return Promise.all([ports.gateway, ports.bulk].map((port) => health(port, '/readyz')))
}

async function health(port: number, path: string): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined)
  if (response === undefined) return 'nobody there'
  const body: unknown = await response.json()
  return [response.status, body]
}

const notReady = (...names: readonly string[]) => [503, { ready: false, missing: names }]
const ready = [200, { ready: true, missing: [] }]
const service = () => ({
  demo: { gateway: `http://127.0.0.1:${ports.gateway}`, sandbox: sandbox.url, ...keys, viewerSecret, viewers: [] },
})

it('lives and is not ready while its servers are away, and says what it waits for', async () => {
  const away = notReady('postgresql', ...(hasCassandra ? ['cassandra'] : []), 'nats')
  await expect.poll(missing, patience).toEqual([away, away])
  expect(await Promise.all([ports.gateway, ports.bulk].map((port) => health(port, '/livez')))).toEqual([
    [200, { live: true }],
    [200, { live: true }],
  ])
  for (const each of [gateway, bulk]) {
    await expect.poll(each.output, patience).toContain(`waiting for NATS at 127.0.0.1:${ports.nats}, which does not`)
    const said = each.output()
    expect(said).toContain(
      `waiting for PostgreSQL at ${new URL(databaseUrl).host}, which does not answer (ECONNREFUSED)`,
    )
    expect(said).toContain(`Redis at 127.0.0.1:${ports.redis} does not answer (ECONNREFUSED); going on without it`)
    expect(said).not.toMatch(`geheim|${new URL(databaseUrl).password}`)
  }
})

it('stops at once while it waits', async () => {
  const dataDir = aDataFolder()
  const relay = runCarillon(['relay'], { ...env, CARILLON_DATA_DIR: dataDir })
  await expect.poll(relay.output, patience).toContain('waiting for NATS')
  const began = performance.now()
  relay.signal('SIGTERM')
  expect(await relay.ended).toBe(0)
  expect(performance.now() - began).toBeLessThan(3000)
})

it('goes on by itself as its servers come, and serves meanwhile what it can', async () => {
  const migrations = [1, 2].map(() => runCarillon(['migrate'], { ...env, CARILLON_DATA_DIR: aDataFolder() }))
  servers.push(await startPostgres())
  expect(await Promise.all(migrations.map(({ ended }) => ended))).toEqual([0, 0])
  await expect.poll(missing, patience).toEqual([notReady('nats'), notReady('nats')])

  const database = openDatabase({ url: databaseUrl, maxConnections: 2, name: 'start-test' })
  await seedDemo(database, keys)
  await database.close()
  const like = { template: 'social.like', audience: { userIds: [demoUsers[0]?.id ?? ''] }, data: { who: 'Ada' } }
  const id = await send(service(), like)
  expect(await read(service(), id)).toMatchObject({ id, state: 'ACCEPTED' })

  servers.push(await startNats())
  await expect.poll(missing, patience).toEqual([ready, ready])
  await expect.poll(() => stateOf(service(), id), patience).toBe('DONE')
  expect(await reached(service(), id)).toEqual(['apns', 'fcm'])
})

it('is not ready any more before it closes its door', async () => {
  gateway.signal('SIGTERM')
  await expect.poll(() => health(ports.gateway, '/readyz'), patience).toEqual(notReady('draining'))
  expect(await health(ports.gateway, '/livez')).toEqual([200, { live: true }])
  bulk.signal('SIGTERM')
  expect(await Promise.all([gateway.ended, bulk.ended])).toEqual([0, 0])
})

it('does not wait where that would be in vain', async () => {
  const wrong = new URL(databaseUrl)
  wrong.password = 'geheimnis'
  const relay = runCarillon(['relay'], { ...env, CARILLON_DATA_DIR: aDataFolder(), DATABASE_URL: wrong.href })
  expect(await relay.ended).toBe(1)
  expect(relay.output()).toContain(
    `The configuration has a mistake:\n  DATABASE_URL: PostgreSQL at ${wrong.host} says: password authentication failed for user "carillon"\n`,
  )
  expect(relay.output()).not.toContain('geheimnis')
})
