import { randomBytes } from 'node:crypto'
import { graphql } from 'graphql'
import { defaultPolicySettings, openPolicy } from '../../src/domain/policy.ts'
import type { Caller, Principal } from '../../src/domain/principal.ts'
import { openBroadcasts } from '../../src/gateway/broadcasts.ts'
import { openBulkAcceptance } from '../../src/gateway/bulk-acceptance.ts'
import { openProviderHealth } from '../../src/gateway/provider-health.ts'
import type { App } from '../../src/schema/context.ts'
import { schema } from '../../src/schema/schema.ts'
import { openCipher } from '../../src/store/cipher.ts'
import { readRecipients } from '../../src/store/recipients.ts'
import { openQueueReader } from '../../src/streams/queue-reader.ts'
import { openSheddingReader } from '../../src/streams/shedding-reader.ts'
import { openStreams } from '../../src/streams/streams.ts'
import { loadTimeZones } from '../../src/time-zone-data.ts'
import { testDatabase } from './a-log.ts'
import { address } from './address.ts'

export interface SchemaApp {
  readonly app: App
  /** Executes an operation against the schema as `principal` and answers with plain JSON. */
  run(principal: Principal, source: string, variables?: Record<string, unknown>): Promise<unknown>
  close(): Promise<void>
}

/** The schema on the real servers of the run, without a gateway before it. */
export async function openSchemaApp(now: () => Date = () => new Date()): Promise<SchemaApp> {
  const database = testDatabase('schema-test', 5)
  const streams = await openStreams(address('NATS_URL'), 'schema-test')
  const shedding = openSheddingReader(streams)
  const cipher = openCipher('a secret key for tests')
  const policy = openPolicy(loadTimeZones(), defaultPolicySettings)
  const parts = { database, streams, cipher, policy, now }
  const broadcasts = openBroadcasts({ ...parts, redis: undefined, readRecipients, viewers: () => [] })
  const app: App = {
    ...parts,
    broadcasts,
    fanOutThreshold: undefined,
    inboxFeed: { follow: async () => undefined, unfollow() {} },
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
    providerHealth: openProviderHealth(streams, { configured: ['apns', 'sendgrid'], perSecond: { sendgrid: 100 } }),
  }
  return {
    app,
    async run(principal, source, variableValues = {}) {
      const contextValue = { app, principal, idempotencyKey: undefined }
      return JSON.parse(JSON.stringify(await graphql({ schema, source, contextValue, variableValues })))
    },
    async close() {
      broadcasts.close()
      await streams.close()
      await database.close()
    },
  }
}

export const nobody: Principal = { kind: 'nobody' }

export function aCaller(grants: Partial<Caller> = {}): Principal {
  const caller: Caller = {
    id: 'clr_00000000000000000000000000',
    name: 'a caller',
    tiers: ['TRANSACTIONAL', 'SOCIAL', 'MARKETING'],
    perMinute: 1_000,
    bulk: false,
    admin: false,
    campaignPerSecond: null,
    createdAt: new Date(0),
    revokedAt: null,
    ...grants,
  }
  return { kind: 'caller', caller }
}

export const anAdmin = (): Principal => aCaller({ admin: true })

export function aViewer(userId: string): Principal {
  return { kind: 'viewer', userId, expiresAt: undefined }
}

/** A word that no other test uses. */
export function unique(word: string): string {
  return `${word}-${randomBytes(6).toString('hex')}`
}
