import { bulkMetrics, bulkNotReady } from './bulk-health.ts'
import type { Config, Env } from './config.ts'
import { type Addresses, openDemo, tellDemo } from './demo.ts'
import { openGateway } from './gateway-role.ts'
import { startHousekeeping } from './housekeeping.ts'
import { allDuties, startLanes } from './lanes.ts'
import { freePort } from './local/free-port.ts'
import type { LocalKeys } from './local/keys.ts'
import { keepBulk } from './local/ours.ts'
import type { Say } from './local/say.ts'
import { measureProcess } from './metrics.ts'
import { finishMs, type Running } from './running.ts'
import { openServices } from './services.ts'

export interface Serving {
  readonly config: Config
  /** That of the second process. */
  readonly env: Env
  readonly dataDir: string
  readonly keys: LocalKeys
  readonly addresses: Addresses
  readonly say: Say
  readonly stopping: AbortSignal
  /** Lets go of the gateway's port, just before it is taken. */
  freePort(): Promise<void> | undefined
}

/**
 * Gateway and transactional lanes here, everything bulk and what providers report (mostly of that) in a second process; servers and
 * sandbox are there already.
 */
export async function serveAll(serving: Serving): Promise<Running> {
  const { config, env, dataDir, keys, addresses, say, stopping: givingUp } = serving
  measureProcess()
  const healthPort = await freePort()
  const services = openServices(config, 'carillon all')
  const [bulk] = await Promise.all([keepBulk({ env, healthPort, say }), services.reach(givingUp)])
  const lanes = startLanes(services, 'TRANSACTIONAL', allDuties, config.providers)
  const housekeeping = startHousekeeping(services)
  const demo = await openDemo(services.database, dataDir, keys, addresses)
  const [viewer] = demo.viewers
  let stopping = false
  await serving.freePort()
  const gateway = await openGateway(services, {
    demo: viewer && {
      apiKey: demo.apiKey,
      adminApiKey: demo.adminApiKey,
      bulkApiKey: demo.bulkApiKey,
      viewerToken: viewer.token,
      userId: viewer.userId,
    },
    notReady: async () => (stopping ? ['stopping'] : bulkNotReady(healthPort)),
    metrics: () => bulkMetrics(healthPort),
  })
  tellDemo(demo, say)
  return {
    started: Promise.resolve(),
    stopLimitMs: finishMs + config.gateway.drain.noticeMs,
    async stop() {
      stopping = true
      await Promise.all([gateway.drain(), lanes.stop(), housekeeping.stop(), bulk.stop()])
      await services.close()
    },
  }
}
