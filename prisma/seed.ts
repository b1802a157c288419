import { ulid } from 'ulid'
import { findCallerByKey, type Grants, hashApiKey, insertCaller } from '../src/store/callers.ts'
import type { Database } from '../src/store/database.ts'
import { findDevice, registerDevice } from '../src/store/devices.ts'
import { upsertFollows } from '../src/store/follows.ts'
import { findSegment, upsertSegment } from '../src/store/segments.ts'
import { findTemplate, upsertTemplate } from '../src/store/templates.ts'
import { topicExists, upsertTopicMembers } from '../src/store/topics.ts'
import { unknownUserIds, upsertUsers } from '../src/store/users.ts'
import { demoActor, demoSegment, demoTopic } from './demo-audiences.ts'
import { demoTemplates } from './demo-templates.ts'
import { demoDevices, demoUsers } from './demo-users.ts'

export { demoUsers }

export interface DemoKeys {
  readonly apiKey: string
  readonly bulkApiKey: string
  readonly adminApiKey: string
}

/**
 * Puts in what a first look needs: callers with these keys, six users with two phones each, somebody whom
 * they follow, a topic, a segment and five templates. Adds what is missing and changes nothing that is there: whatever somebody made of it in the meantime is hers.
 */
export async function seedDemo(database: Database, keys: DemoKeys, now: Date = new Date()): Promise<void> {
  await Promise.all([
    seedCallers(database, keys, now),
    seedUsers(database, now).then(() => Promise.all([seedDevices(database, now), seedAudiences(database, now)])),
    seedTemplates(database, now),
  ])
}

const everyTier = ['TRANSACTIONAL', 'SOCIAL', 'MARKETING'] as const

const demoGrants = {
  apiKey: { name: 'demo', perMinute: 1_000, bulk: false, admin: false, campaignPerSecond: null },
  bulkApiKey: { name: 'demo bulk', perMinute: 60_000, bulk: true, admin: false, campaignPerSecond: 10_000 },
  adminApiKey: { name: 'demo admin', perMinute: 60_000, bulk: true, admin: true, campaignPerSecond: 10_000 },
} as const satisfies Record<keyof DemoKeys, Omit<Grants, 'tiers'>>

/** A key that is lost with its data folder leaves its caller behind: new keys get callers of their own. */
async function seedCallers(database: Database, keys: DemoKeys, now: Date): Promise<void> {
  for (const role of ['apiKey', 'bulkApiKey', 'adminApiKey'] as const) {
    const keyHash = hashApiKey(keys[role])
    const isCurrent = (await database.prisma.caller.count({ where: { keyHash: new Uint8Array(keyHash) } })) > 0
    if (isCurrent || (await findCallerByKey(database, keyHash))) continue
    const id = `clr_${ulid(now.getTime()).toLowerCase()}`
    await insertCaller(database, { ...demoGrants[role], tiers: everyTier, id, keyHash, createdAt: now })
  }
}

async function seedUsers(database: Database, now: Date): Promise<void> {
  const missing = new Set(
    await unknownUserIds(
      database,
      demoUsers.map((user) => user.id),
    ),
  )
  const users = demoUsers.filter((user) => missing.has(user.id))
  if (users.length > 0) await upsertUsers(database, users, now)
}

async function seedDevices(database: Database, now: Date): Promise<void> {
  for (const device of demoUsers.flatMap((user) => demoDevices(user.id))) {
    const known = await findDevice(database, device.userId, device.deviceId)
    if (known === undefined) await registerDevice(database, device, now)
  }
}

async function seedAudiences({ pool, prisma }: Database, now: Date): Promise<void> {
  const followerIds = demoUsers.map(({ id }) => id)
  if ((await prisma.actor.count({ where: { actorId: demoActor } })) === 0) {
    await upsertFollows(pool, { actorId: demoActor, followerIds, notify: true }, now)
  }
  if (!(await topicExists(pool, demoTopic.topic))) await upsertTopicMembers(pool, demoTopic, now)
  const { name, filter } = demoSegment
  if ((await findSegment(pool, name)) === undefined) await upsertSegment(pool, name, filter, now)
}

async function seedTemplates(database: Database, now: Date): Promise<void> {
  for (const template of demoTemplates) {
    if ((await findTemplate(database, template.name)) === undefined) await upsertTemplate(database, template, now)
  }
}
