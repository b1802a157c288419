import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { GraphQLSchema } from 'graphql'
import { SignJWT } from 'jose'
import { ulid } from 'ulid'
import { address } from '../../test/setup/address.ts'
import { unique } from '../../test/setup/schema-app.ts'
import { defaultPolicySettings, openPolicy } from '../domain/policy.ts'
import type { App } from '../schema/context.ts'
import { type Grants, hashApiKey, insertCaller, newApiKey } from '../store/callers.ts'
import { openCipher } from '../store/cipher.ts'
import { openDatabase } from '../store/database.ts'
import { readRecipients } from '../store/recipients.ts'
import { openRedis } from '../store/redis.ts'
import { openQueueReader } from '../streams/queue-reader.ts'
import { openSheddingReader } from '../streams/shedding-reader.ts'
import { openStreams } from '../streams/streams.ts'
import { loadTimeZones } from '../time-zone-data.ts'
import { openBroadcasts } from './broadcasts.ts'
import { openBulkAcceptance } from './bulk-acceptance.ts'
import { openInboxFeed } from './inbox-feed.ts'
import { type Gateway, type GatewayOptions, startGateway } from './server.ts'
import { defaultLimits, type GatewaySettings, type Limits } from './settings.ts'

/** For tests: a gateway on the real servers of the run. */
export interface TestGateway {
  readonly app: App
  readonly gateway: Gateway
  readonly url: string
  readonly graphql: string
  /** Makes a caller and says who it is. */
  caller(grants?: Partial<Grants>): Promise<{ readonly id: string; readonly apiKey: string }>
  /** Asks by POST and answers with status, headers and JSON. */
  ask(body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answered>
  close(): Promise<void>
}

export interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

export const viewerSecret = 'a secret of thirty-two characters, or more'

export interface GatewayParts {
  readonly settings?: Partial<GatewaySettings>
  readonly limits?: Partial<Limits>
  readonly schema?: GraphQLSchema
  readonly ready?: GatewayOptions['ready']
  readonly redisUrl?: string | undefined
}

export async function aGateway(parts: GatewayParts = {}): Promise<TestGateway> {
  const database = openDatabase({ url: address('DATABASE_URL'), maxConnections: 5, name: 'gateway-test' })
  const streams = await openStreams(address('NATS_URL'), 'gateway-test')
  const redisUrl = 'redisUrl' in parts ? parts.redisUrl : process.env['REDIS_URL']
  const redis = redisUrl === undefined ? undefined : openRedis(redisUrl, 'gateway-test')
  // What is counted before it is there is counted elsewhere. One that is away is not waited for.
  if (redis) await once(redis, 'ready').catch(() => {})
  const cipher = openCipher('a secret key for tests')
  const policy = openPolicy(loadTimeZones(), defaultPolicySettings)
  const now = () => new Date()
  const viewers = () => inboxFeed.viewers()
  const broadcasts = openBroadcasts({ database, streams, cipher, redis, policy, readRecipients, now, viewers })
  const inboxFeed = openInboxFeed(streams, database, broadcasts)
  const shedding = openSheddingReader(streams)
  const app: App = {
    database,
    streams,
    cipher,
    inboxFeed,
    broadcasts,
    providerHealth: () => [],
    queues: openQueueReader(streams),
    shedding,
    bulk: openBulkAcceptance({
      database,
      places: 4,
      waiting: 100,
      patienceMs: 1000,
      shedding,
      random: Math.random,
    }),
    defaultApp: { IOS: 'com.example.app', ANDROID: 'example-sender', WEB: 'example-sender' },
    policy,
    fanOutThreshold: undefined,
    now,
  }
  const gateway = await startGateway({
    app,
    redis,
    host: '127.0.0.1',
    port: 0,
    settings: {
      viewerAuth: { secret: viewerSecret },
      corsOrigins: [],
      graphiql: { enabled: true },
      introspection: true,
      drain: { noticeMs: 0, lingerMs: 0, limitMs: 5000 },
      ...parts.settings,
      limits: { ...defaultLimits, ...parts.limits },
    },
    ready: parts.ready ?? (async () => []),
    metricsText: async () => 'carillon_test 1\n',
    ...(parts.schema && { schema: parts.schema }),
  })
  const graphql = `${gateway.url}/graphql`
  return {
    app,
    gateway,
    url: gateway.url,
    graphql,
    async caller(grants = {}) {
      const apiKey = newApiKey(randomBytes(32))
      const { id } = await insertCaller(database, {
        ...aService,
        ...grants,
        id: `clr_${ulid().toLowerCase()}`,
        keyHash: hashApiKey(apiKey),
        createdAt: new Date(),
      })
      return { id, apiKey }
    },
    async ask(body, headers = {}) {
      const response = await fetch(graphql, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      })
      return { status: response.status, headers: response.headers, body: await response.json() }
    },
    async close() {
      await gateway.drain()
      inboxFeed.close()
      broadcasts.close()
      redis?.disconnect()
      await streams.close()
      await database.close()
    },
  }
}

const aService: Grants = {
  name: unique('service'),
  tiers: ['TRANSACTIONAL', 'SOCIAL', 'MARKETING'],
  perMinute: 1000,
  bulk: false,
  admin: true,
  campaignPerSecond: null,
}

export function bearer(credentials: string): { readonly authorization: string } {
  return { authorization: `Bearer ${credentials}` }
}

/** A user token; without `expiresIn` it holds for ever. */
export function viewerToken(
  userId: string,
  { expiresIn, secret = viewerSecret }: { expiresIn?: string; secret?: string } = {},
): Promise<string> {
  const token = new SignJWT().setProtectedHeader({ alg: 'HS256' }).setSubject(userId)
  return (expiresIn === undefined ? token : token.setExpirationTime(expiresIn)).sign(new TextEncoder().encode(secret))
}
