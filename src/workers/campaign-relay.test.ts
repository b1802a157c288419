import { ulid } from 'ulid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aNewCampaign } from '../../test/setup/a-campaign.ts'
import { address } from '../../test/setup/address.ts'
import { ownDatabase } from '../../test/setup/own-database.ts'
import { notificationId } from '../domain/ids.ts'
import { defaultPolicySettings, openPolicy } from '../domain/policy.ts'
import { cancelCampaign, pauseCampaign, resumeCampaign, startCampaign } from '../store/campaign-steps.ts'
import { createCampaign, findCampaign } from '../store/campaigns.ts'
import { openCipher } from '../store/cipher.ts'
import { upsertFollows } from '../store/follows.ts'
import { readRecipients } from '../store/recipients.ts'
import { upsertTemplate } from '../store/templates.ts'
import { consume } from '../streams/consume.ts'
import { fanOutMessage, notificationsStream } from '../streams/messages.ts'
import { openStreams } from '../streams/streams.ts'
import { fanOutConsumer } from '../streams/topology.ts'
import { loadTimeZones } from '../time-zone-data.ts'
import { type FanOutDeps, fanOut } from './fan-out.ts'
import { startRelay } from './relay.ts'

const database = await ownDatabase('campaign-relay-test', 10)
const { pool } = database
const streams = await openStreams(address('NATS_URL'), 'campaign-relay-test')
await streams.declare()

const deps: FanOutDeps = {
  database,
  streams,
  cipher: openCipher('a secret key for tests, long enough'),
  redis: undefined,
  policy: openPolicy(loadTimeZones(), defaultPolicySettings),
  readRecipients,
  now: () => new Date(),
}
const lane = {
  stream: notificationsStream('MARKETING'),
  consumer: fanOutConsumer,
  message: fanOutMessage,
  concurrency: 2,
}
const fanningOut = consume(streams, lane, (body) => fanOut(deps, body))
const relay = startRelay(deps, 'MARKETING')
afterAll(async () => {
  await Promise.all([relay.stop(), fanningOut.stop()])
  await streams.close()
  await database.close()
})

const everybody = Array.from({ length: 300 }, (_, n) => `user-${String(n).padStart(3, '0')}`)
beforeAll(async () => {
  await pool.query('INSERT INTO users (user_id) SELECT unnest($1::text[])', [everybody])
  await upsertFollows(pool, { actorId: 'ada', followerIds: everybody, notify: false }, new Date(0))
  const flags = { readCancelsOthers: false, inboxFallback: false, sensitive: false }
  const contents = [{ locale: 'en', inApp: { title: 'Hi', body: 'there' } }]
  const template = { name: 'inbox', tier: 'MARKETING', category: 'news', ...flags, dataSchema: null, contents } as const
  await upsertTemplate(database, template, new Date())
})

test('a campaign keeps its pace by the relay, is paused and resumed in the middle, and reaches everybody once', async () => {
  const { id } = await createCampaign(pool, aNewCampaign({ perSecond: 100 }), undefined)
  const notification = notificationId(ulid())
  const began = performance.now()
  await startCampaign(pool, id, notification, new Date())
  const patience = { timeout: 20_000, interval: 20 }
  await expect.poll(async () => (await findCampaign(pool, id))?.processed, patience).toBeGreaterThanOrEqual(100)

  const paused = await pauseCampaign(pool, id, new Date())
  const pausedAt = performance.now()
  const dueAt = async () => (await pool.query('SELECT due_at FROM notification WHERE id = $1', [notification])).rows
  await expect.poll(dueAt, { ...patience, timeout: 2000 }).toEqual([{ due_at: null }])
  const rests = await findCampaign(pool, id)
  expect(rests?.state).toBe('PAUSED')
  // What was being made when it was paused: a page at most.
  expect((rests?.processed ?? 0) - (paused?.processed ?? 0)).toBeLessThanOrEqual(50)
  const restedMs = performance.now() - pausedAt

  await resumeCampaign(pool, id, new Date())
  await expect
    .poll(async () => (await findCampaign(pool, id))?.processed, { ...patience, timeout: 2000 })
    .toBeGreaterThan(rests?.processed ?? 0)
  await expect.poll(async () => (await findCampaign(pool, id))?.state, patience).toBe('DONE')
  // Six pages, half a second apart.
  expect(performance.now() - began - restedMs).toBeGreaterThan(1500)
  const { rows } = await pool.query<{ user_id: string }>(
    'SELECT user_id FROM inbox_item WHERE notification_id = $1 ORDER BY user_id COLLATE "C"',
    [notification],
  )
  expect(rows.map((row) => row.user_id)).toEqual(everybody)
  expect(await findCampaign(pool, id)).toMatchObject({ processed: 300, recipientCount: 300 })
})

test('a campaign that is cancelled in the middle reaches nobody from then on', async () => {
  const { id } = await createCampaign(pool, aNewCampaign({ perSecond: 100 }), undefined)
  const notification = notificationId(ulid())
  await startCampaign(pool, id, notification, new Date())
  const patience = { timeout: 20_000, interval: 20 }
  await expect.poll(async () => (await findCampaign(pool, id))?.processed, patience).toBeGreaterThanOrEqual(100)
  const cancelled = await cancelCampaign(pool, id, new Date())
  expect(cancelled).toMatchObject({ state: 'CANCELLED', processed: expect.toSatisfy((count) => count < 300) })
  // The relay has looked at it for the last time.
  const dueAt = async () => (await pool.query('SELECT due_at FROM notification WHERE id = $1', [notification])).rows
  await expect.poll(dueAt, { ...patience, timeout: 2000 }).toEqual([{ due_at: null }])
  expect(await findCampaign(pool, id)).toEqual(cancelled)
})
