import { jetstreamManager } from '@nats-io/jetstream'
import { afterAll, expect, it } from 'vitest'
import { aNewNotification } from '../test/setup/a-notification.ts'
import { address } from '../test/setup/address.ts'
import { ownDatabase } from '../test/setup/own-database.ts'
import { parseConfig } from './config.ts'
import { type Tier, tiers } from './domain/words.ts'
import { allDuties, type Duties, type Lanes, startLanes } from './lanes.ts'
import { openServices } from './services.ts'
import { acceptNotification, findNotification } from './store/notifications.ts'
import { upsertTemplate } from './store/templates.ts'
import { fanOutMessage, sheddingTold } from './streams/messages.ts'
import { openSheddingReader } from './streams/shedding-reader.ts'

const database = await ownDatabase('lanes-test', 10)
const { pool } = database
const config = parseConfig({
  DATABASE_URL: Object.assign(new URL(address('DATABASE_URL')), {
    pathname: pool.options.connectionString?.split('/').at(-1) ?? '',
  }).href,
  NATS_URL: address('NATS_URL'),
  CARILLON_SECRET_KEY: 'a secret key for tests that is long enough',
  VIEWER_JWT_SECRET: 'a secret for viewers that is long enough',
  TRANSACTIONAL_OBJECTIVE_MS: '1000',
  BREAKER_MIN_CALLS: '1000',
})
const services = openServices(config, 'lanes-test')
const { streams } = services
await services.reach(new AbortController().signal)
// What other tests of this run have left there would be late.
const manager = await jetstreamManager(await streams.connection)
for await (const { config: stream } of manager.streams.list()) await manager.streams.purge(stream.name)

const running: Lanes[] = []
afterAll(async () => {
  await Promise.all(running.map((lanes) => lanes.stop()))
  await services.close()
  await database.close()
})

async function start(tier: Tier, duties: Duties): Promise<void> {
  running.push(startLanes(services, tier, duties, config.providers))
}

async function aTemplate(name: string, tier: Tier, content: object): Promise<void> {
  const flags = { readCancelsOthers: false, inboxFallback: false, sensitive: false }
  const contents = [{ locale: 'en', ...content }]
  await upsertTemplate(database, { name, tier, category: 'x', ...flags, dataSchema: null, contents }, new Date())
}

/** Accepts something, as a gateway does; resolves with how to see its state. */
async function sent(
  template: string,
  tier: Tier,
  channel: 'IN_APP' | 'SMS',
): Promise<() => Promise<string | undefined>> {
  const wanted = aNewNotification({ template, tier, channels: [channel], audience: { userIds: ['ada'] } })
  const { notification } = await acceptNotification(pool, wanted, undefined)
  await streams.publish(fanOutMessage, { notificationId: notification.id, tier, page: 0, generation: 0 })
  return async () => (await findNotification(pool, notification.id))?.state
}

const patience = { timeout: 30_000, interval: 50 }

it('gives each tier a pool of its own', async () => {
  await Promise.all([start('MARKETING', allDuties), start('SOCIAL', allDuties)])
  // Nobody works off what is transactional.
  await start('TRANSACTIONAL', { ...allDuties, dispatch: [] })
  const pools = tiers.map((tier) => `carillon ${tier}`).toSorted()
  await expect.poll(() => poolsOf('carillon'), patience).toEqual(pools)
})

it('pauses marketing and then slows social while transactional work has no worker, and goes on when it has one', async () => {
  await pool.query("INSERT INTO users (user_id, phone) VALUES ('ada', '+15555550100')")
  await aTemplate('code', 'TRANSACTIONAL', { sms: { body: 'Hi' } })
  await aTemplate('news', 'MARKETING', { inApp: { title: 'Hi', body: 'there' } })
  await aTemplate('like', 'SOCIAL', { inApp: { title: 'Hi', body: 'there' } })
  const levels: string[] = []
  streams.listen(sheddingTold, undefined, ({ tier, level }) => {
    if (tier === 'TRANSACTIONAL' && levels.at(-1) !== level) levels.push(level)
  })
  const shedding = openSheddingReader(streams)
  await expect.poll(await sent('news', 'MARKETING', 'IN_APP'), patience).toBe('DONE')

  const code = await sent('code', 'TRANSACTIONAL', 'SMS')
  await expect.poll(shedding.level, patience).toBe('MARKETING_PAUSED')
  expect(shedding.told()).toMatchObject({
    tier: 'TRANSACTIONAL',
    objectiveMs: 1000,
    oldestMs: expect.toSatisfy((ms) => ms > 1000),
  })
  const news = await sent('news', 'MARKETING', 'IN_APP')
  await expect.poll(await sent('like', 'SOCIAL', 'IN_APP'), patience).toBe('DONE')
  await expect.poll(shedding.level, patience).toBe('SOCIAL_SLOWED')
  await expect.poll(await sent('like', 'SOCIAL', 'IN_APP'), patience).toBe('DONE')
  expect([await code(), await news()]).toEqual(['DELIVERING', 'ACCEPTED'])

  await start('TRANSACTIONAL', { ...allDuties, fanOut: false, relay: false })
  await expect.poll(shedding.level, patience).toBe('NONE')
  await expect.poll(news, patience).toBe('DONE')
  expect(levels).toEqual(['NONE', 'MARKETING_PAUSED', 'SOCIAL_SLOWED', 'MARKETING_PAUSED', 'NONE'])
})

/** Whose connections there are to the database. */
async function poolsOf(prefix: string): Promise<readonly string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT DISTINCT application_name AS name FROM pg_stat_activity
      WHERE datname = current_database() AND application_name LIKE $1 ORDER BY 1`,
    [`${prefix}%`],
  )
  return rows.map(({ name }) => name)
}
