import type { GraphQLSchema } from 'graphql'
import { defaultPolicySettings, openPolicy } from '../src/domain/policy.ts'
import { openBroadcasts } from '../src/gateway/broadcasts.ts'
import { openBulkAcceptance } from '../src/gateway/bulk-acceptance.ts'
import { type InboxReads, openInboxFeed } from '../src/gateway/inbox-feed.ts'
import { type Gateway, startGateway } from '../src/gateway/server.ts'
import { defaultLimits } from '../src/gateway/settings.ts'
import { openCipher } from '../src/store/cipher.ts'
import { openDatabase } from '../src/store/database.ts'
import { recipientCache } from '../src/store/recipient-cache.ts'
import { openRedis } from '../src/store/redis.ts'
import { openQueueReader } from '../src/streams/queue-reader.ts'
import { openSheddingReader } from '../src/streams/shedding-reader.ts'
import { openStreams } from '../src/streams/streams.ts'
import { loadTimeZones } from '../src/time-zone-data.ts'

/** What of it does not come from PostgreSQL. */
export interface BenchGatewayParts {
  readonly schema?: GraphQLSchema
  readonly reads?: InboxReads
}

/** The gateway as it is, with authentication, limits and metrics, on the servers of the bench. */
export async function benchGateway({ schema, reads }: BenchGatewayParts = {}): Promise<Gateway> {
  const database = openDatabase({ url: setting('DATABASE_URL'), maxConnections: 20, name: 'bench' })
  const streams = await openStreams(setting('NATS_URL'), 'bench')
  const redisUrl = process.env['REDIS_URL']
  const redis = redisUrl === undefined ? undefined : openRedis(redisUrl, 'bench')
  const cipher = openCipher('a secret key for the benchmark')
  const policy = openPolicy(loadTimeZones(), defaultPolicySettings)
  const now = () => new Date()
  const readRecipients = recipientCache(redis)
  const viewers = () => inboxFeed.viewers()
  const broadcasts = openBroadcasts({ database, streams, cipher, redis, policy, readRecipients, now, viewers })
  const inboxFeed = openInboxFeed(streams, database, reads ?? broadcasts)
  const shedding = openSheddingReader(streams)
  return startGateway({
    app: {
      database,
      streams,
      cipher,
      inboxFeed,
      broadcasts,
      providerHealth: () => [],
      queues: openQueueReader(streams),
      shedding,
      bulk: openBulkAcceptance({ database, places: 4, waiting: 100, patienceMs: 1000, shedding, random: Math.random }),
      defaultApp: { IOS: 'bench', ANDROID: 'bench', WEB: 'bench' },
      policy,
      fanOutThreshold: undefined,
      now,
    },
    redis,
    host: '127.0.0.1',
    port: 0,
    settings: {
      viewerAuth: { secret: setting('VIEWER_JWT_SECRET') },
      corsOrigins: [],
      limits: defaultLimits,
      graphiql: { enabled: false },
      introspection: true,
      drain: { noticeMs: 0, lingerMs: 0, limitMs: 1000 },
    },
    ready: async () => [],
    metricsText: async () => '',
    ...(schema && { schema }),
  })
}

export function setting(name: string): string {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is not set: start this through "npm run bench"`)
  return value
}
