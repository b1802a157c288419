import { AggregatorRegistry } from 'prom-client'
import { configuredProviders } from './channels/accounts.ts'
import type { Config } from './config.ts'
import { openBroadcasts } from './gateway/broadcasts.ts'
import { openBulkAcceptance } from './gateway/bulk-acceptance.ts'
import { openInboxFeed } from './gateway/inbox-feed.ts'
import { openProviderHealth } from './gateway/provider-health.ts'
import { type Gateway, startGateway } from './gateway/server.ts'
import type { GraphiQLSettings } from './gateway/settings.ts'
import { log } from './log.ts'
import { measureProcess, registry } from './metrics.ts'
import { finishMs, type Running } from './running.ts'
import { openServices, type Services } from './services.ts'
import { openDatabase } from './store/database.ts'
import { recipientCache } from './store/recipient-cache.ts'
import { openQueueReader } from './streams/queue-reader.ts'
import { openSheddingReader } from './streams/shedding-reader.ts'

/** What the gateway of `npm start` knows of its neighbours. */
export interface Neighbours {
  readonly demo?: GraphiQLSettings['demo']
  notReady(): Promise<readonly string[]>
  metrics(): Promise<readonly object[]>
}

export async function startGatewayRole(config: Config): Promise<Running> {
  measureProcess()
  // Nobody waits for an answer for longer.
  const services = openServices(config, 'carillon gateway', 2 * config.gateway.limits.executionMs)
  const stopping = new AbortController()
  // Before anything has been reached: it tells what it waits for, and serves what it can.
  const gateway = await openGateway(services, { notReady: async () => [], metrics: async () => [] })
  return {
    started: services.reach(stopping.signal).then(() => log.info({ port: gateway.port }, 'ready')),
    stopLimitMs: finishMs + config.gateway.drain.noticeMs,
    async stop() {
      stopping.abort()
      await gateway.drain()
      await services.close()
    },
  }
}

/** Bulk that waits to be accepted: so much, for so long at most. */
const bulkLine = { waiting: 100, patienceMs: 1000 }

export async function openGateway(services: Services, neighbours: Neighbours): Promise<Gateway> {
  const { config, database, redis, streams, cipher, policy } = services
  const { graphiql, ...settings } = config.gateway
  const shedding = openSheddingReader(streams)
  const forBulk = openDatabase({
    url: config.databaseUrl,
    maxConnections: config.bulkConnections,
    name: 'carillon bulk acceptance',
    queryTimeoutMs: 2 * config.gateway.limits.executionMs,
    cassandra: services.cassandra,
  })
  const now = () => new Date()
  const broadcasts = openBroadcasts({
    ...{ database, streams, cipher, redis, policy, now },
    readRecipients: recipientCache(redis),
    viewers: () => inboxFeed.viewers(),
  })
  const inboxFeed = openInboxFeed(streams, database, broadcasts)
  const gateway = await startGateway({
    app: {
      database,
      streams,
      cipher,
      inboxFeed,
      broadcasts,
      queues: openQueueReader(streams),
      shedding,
      bulk: openBulkAcceptance({
        database: forBulk,
        places: config.bulkConnections,
        ...bulkLine,
        shedding,
        random: Math.random,
      }),
      defaultApp: config.defaultApp,
      policy,
      providerHealth: openProviderHealth(streams, {
        configured: configuredProviders(config.providers),
        perSecond: config.pacing.perSecond,
      }),
      fanOutThreshold: config.fanOut.threshold,
      now,
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
  let drained: Promise<void> | undefined
  const drain = async () => {
    await gateway.drain()
    broadcasts.close()
    await broadcasts.settled()
    shedding.close()
    await forBulk.close()
  }
  return { ...gateway, drain: () => (drained ??= drain()) }
}
