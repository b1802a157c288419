import { AggregatorRegistry } from 'prom-client'
import type { Config } from './config.ts'
import { openInboxFeed } from './gateway/inbox-feed.ts'
import { type Gateway, startGateway } from './gateway/server.ts'
import type { GraphiQLSettings } from './gateway/settings.ts'
import { log } from './log.ts'
import { measureProcess, registry } from './metrics.ts'
import type { Running } from './roles.ts'
import { openServices, type Services } from './services.ts'
import { openQueueReader } from './streams/queue-reader.ts'

/** What the gateway of `npm start` knows of its neighbours. */
export interface Neighbours {
  readonly demo?: GraphiQLSettings['demo']
  notReady(): Promise<readonly string[]>
  metrics(): Promise<readonly object[]>
}

export async function startGatewayRole(config: Config): Promise<Running> {
  measureProcess()
  const services = await openServices(config, 'carillon gateway')
  const gateway = await openGateway(services, { notReady: async () => [], metrics: async () => [] })
  log.info({ port: gateway.port }, 'ready')
  return {
    async stop() {
      await gateway.drain()
      await services.close()
    },
  }
}

export function openGateway(services: Services, neighbours: Neighbours): Promise<Gateway> {
  const { config, database, redis, streams, cipher, policy } = services
  const { graphiql, ...settings } = config.gateway
  return startGateway({
    app: {
      database,
      streams,
      cipher,
      inboxFeed: openInboxFeed(streams, database.pool),
      queues: openQueueReader(streams),
      defaultApp: config.defaultApp,
      policy,
      now: () => new Date(),
    },
    redis,
    host: config.host,
    port: config.port,
    settings: { ...settings, graphiql: { enabled: graphiql, demo: neighbours.demo } },
    ready: async () => [...(await services.notReady()), ...(await neighbours.notReady())],
    metricsText: async () => {
      const all = [await registry.getMetricsAsJSON(), await neighbours.metrics()]
      return AggregatorRegistry.aggregate(all).metrics()
    },
  })
}
