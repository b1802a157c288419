import { resolve } from 'node:path'
import { bulkMetrics, bulkNotReady } from './bulk-health.ts'
import { type Env, parseConfig } from './config.ts'
import { openDemo, tellDemo } from './demo.ts'
import { openGateway } from './gateway-role.ts'
import { allDuties, startLanes } from './lanes.ts'
import { LocalFailure } from './local/failure.ts'
import { freePort, nextFreePort } from './local/free-port.ts'
import { openKeys } from './local/keys.ts'
import { keepBulk, keepSandbox } from './local/ours.ts'
import { startServers } from './local/servers.ts'
import { measureProcess } from './metrics.ts'
import type { Running } from './roles.ts'
import { reasonNotToStart } from './sandbox/safety.ts'
import { openServices } from './services.ts'
import { migrate } from './store/migrate.ts'

/** Where a laptop finds the gateway, unless something else is there. */
const usualPort = 4000

/**
 * `npm start`: servers, sandbox, gateway and transactional lanes, and a second process for everything bulk. Whatever
 * it starts ends with it; what of that dies is started again on the same ports.
 */
export async function runAll(given: Env): Promise<Running> {
  const say = (line: string) => console.log(line)
  const dataDir = resolve(given['CARILLON_DATA_DIR'] || '.carillon')
  const isReal = given['CARILLON_PROVIDERS'] === 'real'
  const refusal = reasonNotToStart(given, [])
  if (refusal !== undefined) throw new LocalFailure(refusal)
  const servers = await startServers({ dataDir, env: given, say })
  const port = given['PORT'] || String(await nextFreePort(usualPort))
  const gatewayUrl = `http://127.0.0.1:${port}`
  const [keys, sandbox] = await Promise.all([
    openKeys(dataDir),
    isReal
      ? undefined
      : keepSandbox({ env: { ...given, CARILLON_DATA_DIR: dataDir, CARILLON_GATEWAY: gatewayUrl }, say }),
  ])
  const env: Env = {
    CARILLON_SECRET_KEY: keys.secretKey,
    ...(given['VIEWER_JWKS_URL'] ? {} : { VIEWER_JWT_SECRET: keys.viewerSecret }),
    GRAPHIQL: 'true',
    ...sandbox?.environment,
    ...given,
    ...servers.env,
    PORT: port,
  }
  const config = parseConfig(env)
  const applied = await migrate(config.databaseUrl)
  if (applied.length > 0) say(`PostgreSQL: applied ${applied.join(', ')}`)

  measureProcess()
  const services = await openServices(config, 'carillon all')
  const healthPort = await freePort()
  const [bulk, lanes, demo] = await Promise.all([
    keepBulk({ env, healthPort, say }),
    startLanes(services, 'TRANSACTIONAL', allDuties, config.providers),
    openDemo(services.database, dataDir, keys, { gateway: gatewayUrl, sandbox: sandbox?.url ?? null }),
  ])
  const [viewer] = demo.viewers
  let stopping = false
  const gateway = await openGateway(services, {
    demo: viewer && { apiKey: demo.apiKey, viewerToken: viewer.token, userId: viewer.userId },
    notReady: async () => (stopping ? ['stopping'] : bulkNotReady(healthPort)),
    metrics: () => bulkMetrics(healthPort),
  })
  tellDemo(demo, say)
  return {
    async stop() {
      stopping = true
      say('stopping: finishing what is in flight')
      await Promise.all([gateway.drain(), lanes.stop(), bulk.stop()])
      await services.close()
      await sandbox?.stop()
      await servers.stop()
      say('stopped')
    },
  }
}
