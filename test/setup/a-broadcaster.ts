import { graphql } from 'graphql'
import { type BroadcastDeps, openBroadcasts } from '../../src/gateway/broadcasts.ts'
import { openInboxFeed } from '../../src/gateway/inbox-feed.ts'
import type { App } from '../../src/schema/context.ts'
import { schema } from '../../src/schema/schema.ts'
import type { Database } from '../../src/store/database.ts'
import { upsertFollows } from '../../src/store/follows.ts'
import { acceptNotification, findNotification, type NewNotification } from '../../src/store/notifications.ts'
import { readRecipients } from '../../src/store/recipients.ts'
import { upsertTemplate } from '../../src/store/templates.ts'
import { fanOut } from '../../src/workers/fan-out.ts'
import { aNewNotification } from './a-notification.ts'
import { ownDatabase } from './own-database.ts'
import { aViewer, openSchemaApp, unique } from './schema-app.ts'

/** A gateway, as far as broadcasts go: several of them share a database. */
export interface BroadcastGateway {
  readonly app: App
  readonly check: () => Promise<void>
  readonly settled: () => Promise<void>
  /** Reads somebody's inbox as he does: newest first. What he is shown is stored when it resolves. */
  inbox(userId: string): Promise<Inbox>
  close(): void
}

export interface Inbox {
  readonly unreadCount: number
  readonly notifications: readonly string[]
}

export async function aBroadcaster() {
  const database = await ownDatabase('broadcast-test', 12)
  const { app: base, close } = await openSchemaApp()
  await base.streams.declare()
  await upsertTemplate(database, template, new Date())
  const deps = { ...base, database, redis: undefined, readRecipients }
  const gateways: BroadcastGateway[] = []

  return {
    database,
    deps,
    gateway(change: Partial<BroadcastDeps> = {}): BroadcastGateway {
      const broadcasts = openBroadcasts({ ...deps, viewers: () => inboxFeed.viewers(), ...change })
      const inboxFeed = openInboxFeed(base.streams, database, broadcasts)
      const app: App = { ...base, database, inboxFeed, broadcasts }
      const gateway: BroadcastGateway = {
        app,
        check: broadcasts.check,
        settled: broadcasts.settled,
        async inbox(userId) {
          const inbox = await readInbox(app, userId)
          await broadcasts.settled()
          return inbox
        },
        close() {
          inboxFeed.close()
          broadcasts.close()
        },
      }
      gateways.push(gateway)
      return gateway
    },
    /** Users of whom nobody else knows, who follow an actor. */
    async followers(actorId: string, count: number, at = new Date(), notify = false): Promise<[string, ...string[]]> {
      const ids = Array.from({ length: count }, () => unique('fan'))
      await users(database, ids)
      await upsertFollows(database.pool, { actorId, followerIds: ids, notify }, at)
      return ids as [string, ...string[]]
    },
    users: (ids: readonly string[]) => users(database, ids),
    /** Accepts a notification for the followers of an actor, and has it expanded. Returns its id. */
    async send(actorId: string, change: Partial<NewNotification> = {}): Promise<string> {
      const { id } = await accept(database, { audience: { followersOf: actorId }, ...change })
      await expand(id)
      return id
    },
    accept: (change: Partial<NewNotification>) => accept(database, change),
    expand,
    async close() {
      for (const gateway of gateways) gateway.close()
      await close()
      await database.close()
    },
  }

  async function expand(id: string): Promise<void> {
    for (;;) {
      const notification = await findNotification(database.pool, id)
      if (notification === undefined || !['ACCEPTED', 'SCHEDULED', 'FANNING_OUT'].includes(notification.state)) return
      await fanOut(deps, { notificationId: id, tier: notification.tier, page: notification.pages, generation: 0 })
    }
  }
}

async function users({ pool }: Database, ids: readonly string[]): Promise<void> {
  await pool.query('INSERT INTO users (user_id) SELECT unnest($1::text[])', [ids])
}

async function accept({ pool }: Database, change: Partial<NewNotification>) {
  const notification = aNewNotification({
    ...{ template: template.name, category: template.category, channels: ['IN_APP'], fanOut: 'BROADCAST' },
    ...change,
  })
  return (await acceptNotification(pool, notification, undefined)).notification
}

const template = {
  name: 'post',
  tier: 'SOCIAL',
  category: 'social.post',
  ...{ readCancelsOthers: false, inboxFallback: false, sensitive: false, dataSchema: null },
  contents: [
    {
      locale: 'en',
      inApp: { title: '{{ name }} has posted', body: 'Look, {{ user.userId }}' },
      push: { title: 'Post', body: 'Look' },
      sms: { body: 'Look' },
    },
  ],
} as const

async function readInbox(app: App, userId: string): Promise<Inbox> {
  const source = '{ viewer { inbox(first: 100) { nodes { notificationId } } unreadCount } }'
  const contextValue = { app, principal: aViewer(userId), idempotencyKey: undefined }
  const { data, errors } = await graphql({ schema, source, contextValue })
  if (errors !== undefined) throw errors[0]
  const { viewer } = JSON.parse(JSON.stringify(data))
  return {
    unreadCount: viewer.unreadCount,
    notifications: viewer.inbox.nodes.map((node: { notificationId: string }) => node.notificationId),
  }
}
