import { resolve } from 'node:path'
import { type Env, parseConfig } from './config.ts'
import { LocalFailure } from './local/failure.ts'
import { holdPort } from './local/held-port.ts'
import { openKeys } from './local/keys.ts'
import { keepSandbox } from './local/ours.ts'
import { startServers } from './local/servers.ts'
import { migrateWhenThere } from './migrate-when-there.ts'
import type { Running } from './running.ts'
import { reasonNotToStart } from './sandbox/safety.ts'

/** Where a laptop finds the gateway, unless something else is there. */
const usualPort = 4000

/**
 * `npm start`: servers, sandbox, gateway and transactional lanes, and a second process for everything bulk. Whatever
 * it starts ends with it; what of that dies is started again on the same ports. Waits for servers that the environment
 * names; rejects when `stopping` aborts meanwhile.
 */
export async function runAll(given: Env, stopping: AbortSignal): Promise<Running> {
  const say = (line: string) => console.log(line)
  const dataDir = resolve(given['CARILLON_DATA_DIR'] || '.carillon')
  const isReal = given['CARILLON_PROVIDERS'] === 'real'
  const refusal = reasonNotToStart(given, [])
  if (refusal !== undefined) throw new LocalFailure(refusal)
  const held = given['PORT'] ? undefined : await holdPort(usualPort)
  const port = given['PORT'] || String(held?.port)
  const gatewayUrl = `http://127.0.0.1:${port}`
  const publicUrl = given['PUBLIC_URL'] || gatewayUrl
  // Our own code takes as long to load as the servers take to come up.
  const [servers, keys, sandbox, { serveAll }] = await Promise.all([
    startServers({ dataDir, env: given, say }),
    openKeys(dataDir),
    isReal
      ? undefined
      : keepSandbox({ env: { ...given, CARILLON_DATA_DIR: dataDir, CARILLON_GATEWAY: publicUrl }, say }),
    import('./serve-all.ts'),
  ])
  const env: Env = {
    CARILLON_SECRET_KEY: keys.secretKey,
    ...(given['VIEWER_JWKS_URL'] ? {} : { VIEWER_JWT_SECRET: keys.viewerSecret }),
    GRAPHIQL: 'true',
    ...sandbox?.environment,
    // An empty variable is one that is not set.
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value)),
    ...servers.env,
    PORT: port,
    PUBLIC_URL: publicUrl,
  }
  const config = parseConfig(env)
  const applied = await migrateWhenThere(config, { stopping, say })
  if (applied.length > 0) say(`applied ${applied.join(', ')}`)
  const addresses = { gateway: gatewayUrl, sandbox: sandbox?.url ?? null }
  const serving = await serveAll({
    config,
    env,
    dataDir,
    keys,
    addresses,
    say,
    stopping,
    freePort: () => held?.release(),
  })
  return {
    ...serving,
    async stop() {
      say('stopping: finishing what is in flight')
      await serving.stop()
      await sandbox?.stop()
      await servers.stop()
      say('stopped')
    },
  }
}
