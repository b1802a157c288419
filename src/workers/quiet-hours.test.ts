import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { aNewNotification } from '../../test/setup/a-notification.ts'
import { address } from '../../test/setup/address.ts'
import { unique } from '../../test/setup/schema-app.ts'
import { openProviders } from '../channels/providers.ts'
import { parseConfig } from '../config.ts'
import { defaultPolicySettings, openPolicy } from '../domain/policy.ts'
import { startSandbox } from '../sandbox/start.ts'
import { cancelNotification } from '../store/cancel.ts'
import { openCipher } from '../store/cipher.ts'
import { openClaims } from '../store/claims.ts'
import { openDatabase } from '../store/database.ts'
import { listDeliveries } from '../store/deliveries.ts'
import { acceptNotification, type NewNotification } from '../store/notifications.ts'
import { readRecipients } from '../store/recipients.ts'
import { openRedis } from '../store/redis.ts'
import { upsertTemplate } from '../store/templates.ts'
import { listUserDeliveries } from '../store/user-deliveries.ts'
import { openStreams } from '../streams/streams.ts'
import { loadTimeZones } from '../time-zone-data.ts'
import { dispatch } from './dispatch.ts'
import { fanOut } from './fan-out.ts'
import { openGate } from './gate.ts'

/*
 * One night of a recipient in Kathmandu, by a clock that the test sets: 23:00 there is 17:15 in UTC, and her quiet hours
 * end at 07:00, 01:15 in UTC.
 */
const evening = new Date('2026-06-01T17:15:00Z')
const morning = new Date('2026-06-02T01:15:00Z')

const dataDir = await mkdtemp(join(tmpdir(), 'carillon-quiet-'))
const sandbox = await startSandbox({ port: 0, dataDir })
const database = openDatabase({ url: address('DATABASE_URL'), maxConnections: 8, name: 'quiet-hours-test' })
const { pool } = database
const streams = await openStreams(address('NATS_URL'), 'quiet-hours-test')
await streams.declare()
const redis = openRedis(address('REDIS_URL'), 'quiet-hours-test')
if (redis.status !== 'ready') await new Promise((resolve) => redis.once('ready', resolve))
const config = parseConfig({
  ...sandbox.environment,
  DATABASE_URL: address('DATABASE_URL'),
  NATS_URL: address('NATS_URL'),
  CARILLON_SECRET_KEY: 'a secret key for tests, long enough',
  VIEWER_JWT_SECRET: 'another secret key for tests, long enough',
})
const providers = openProviders(config.providers)
const policy = openPolicy(loadTimeZones(), { ...defaultPolicySettings, spreadMs: 0 })
const aTemplate = (readCancelsOthers: boolean) =>
  upsertTemplate(
    database,
    {
      name: unique('quiet'),
      tier: 'SOCIAL',
      category: 'social.like',
      readCancelsOthers,
      inboxFallback: false,
      sensitive: false,
      dataSchema: null,
      contents: [{ locale: 'en', inApp: { title: 'Hi', body: '{{ name }}' }, sms: { body: 'Hi {{ name }}' } }],
    },
    evening,
  )
const [template, readHere] = await Promise.all([aTemplate(false), aTemplate(true)])

afterAll(async () => {
  await providers.close()
  await streams.close()
  redis.disconnect()
  await database.close()
  await sandbox.close()
  await rm(dataDir, { recursive: true, force: true })
})

let userId = ''
beforeEach(async () => {
  userId = unique('sleeper')
  await pool.query('INSERT INTO users (user_id, phone) VALUES ($1, $2)', [userId, '+15555550123'])
  await setQuietHours('Asia/Kathmandu')
})

async function setQuietHours(timeZone: string): Promise<void> {
  await pool.query(
    `INSERT INTO preference (user_id, time_zone, channel_order, quiet_hours) VALUES ($1, $2, '{}', $3)
      ON CONFLICT (user_id) DO UPDATE SET time_zone = excluded.time_zone`,
    [userId, timeZone, JSON.stringify({ start: '22:00', end: '07:00', days: null })],
  )
}

function depsAt(now: Date) {
  return {
    database,
    streams,
    cipher: openCipher('a secret key for tests, long enough'),
    claims: openClaims(pool, undefined),
    providers,
    policy,
    redis,
    readRecipients,
    unsubscribeUrl: () => 'https://example.com/unsubscribe',
    hurry: new AbortController().signal,
    now: () => now,
    random: () => 0,
    gates: () => openGate,
    takesPart: () => true,
    warmShare: 0,
  }
}

/** Accepted and fanned out in the evening. */
async function sentInTheEvening(change: Partial<NewNotification> = {}): Promise<string> {
  const notification = aNewNotification({
    template: template.name,
    templateVersion: template.version,
    audience: { userIds: [userId] },
    channels: ['IN_APP', 'SMS'],
    createdAt: evening,
    expiresAt: new Date('2026-06-02T12:00:00Z'),
    ...change,
  })
  await acceptNotification(pool, notification, undefined)
  const { id: notificationId, tier } = notification
  await fanOut(depsAt(evening), { notificationId, tier, page: 0, generation: 0 })
  return notificationId
}

/** What the relay does when the slices of a notification fall due. */
async function releasedAt(now: Date, notificationId: string): Promise<void> {
  const { rows } = await pool.query<{ id: string }>('SELECT id FROM slice WHERE notification_id = $1 AND open', [
    notificationId,
  ])
  for (const { id } of rows) {
    await dispatch(depsAt(now), { sliceId: id, tier: 'SOCIAL', channel: 'SMS', generation: 1 })
  }
}

async function sms(notificationId: string) {
  const [listed] = await listDeliveries(database, notificationId, { recipientId: userId, channel: 'SMS' }, undefined, 1)
  const { state, reason, deferredUntil } = listed?.delivery ?? {}
  return { state, reason, deferredUntil }
}

async function arrived(notificationId: string): Promise<number> {
  const response = await fetch(`${sandbox.url}/messages?notificationId=${notificationId}`)
  const rows: unknown = await response.json()
  return Array.isArray(rows) ? rows.length : 0
}

const sent = { state: 'SENT', reason: null, deferredUntil: null }
const suppressed = (reason: string) => ({ state: 'SUPPRESSED', reason, deferredUntil: null })

it('holds an SMS back until the quiet hours of its recipient are over, and never the inbox', async () => {
  const id = await sentInTheEvening()
  expect(await sms(id)).toEqual({ state: 'DEFERRED', reason: 'quiet_hours', deferredUntil: morning })
  const { rows } = await pool.query('SELECT due_at, reason FROM slice WHERE notification_id = $1', [id])
  expect(rows).toEqual([{ due_at: morning, reason: 'quiet_hours' }])
  expect(await listDeliveries(database, id, { channel: 'IN_APP' }, undefined, 1)).toMatchObject([
    { delivery: { state: 'SENT' } },
  ])
  expect(await arrived(id)).toBe(0)
  await releasedAt(morning, id)
  expect([await sms(id), await arrived(id)]).toEqual([sent, 1])
})

it('does not hold a transactional one', async () => {
  const id = await sentInTheEvening({ tier: 'TRANSACTIONAL' })
  await releasedAt(evening, id)
  expect([await sms(id), await arrived(id)]).toEqual([sent, 1])
})

it('holds it longer when she has moved to another time zone meanwhile', async () => {
  const id = await sentInTheEvening()
  await setQuietHours('Europe/London')
  await releasedAt(morning, id)
  const held = { state: 'DEFERRED', reason: 'quiet_hours', deferredUntil: new Date('2026-06-02T06:00:00Z') }
  expect([await sms(id), await arrived(id)]).toEqual([held, 0])
})

it('does not send it when she has opted out meanwhile', async () => {
  const id = await sentInTheEvening()
  await pool.query(`UPDATE preference SET category_overrides = '{"social.like": {"*": false}}' WHERE user_id = $1`, [
    userId,
  ])
  await releasedAt(morning, id)
  expect([await sms(id), await arrived(id)]).toEqual([suppressed('opted_out'), 0])
})

it('does not send it when it has been cancelled meanwhile', async () => {
  const id = await sentInTheEvening()
  await cancelNotification(pool, id)
  await releasedAt(evening, id)
  expect([(await sms(id)).state, await arrived(id)]).toEqual(['CANCELLED', 0])
})

it('lets it expire when it is released too late', async () => {
  const id = await sentInTheEvening({ expiresAt: morning })
  await releasedAt(morning, id)
  expect([(await sms(id)).state, await arrived(id)]).toEqual(['EXPIRED', 0])
})

const once = { template: readHere.name, templateVersion: readHere.version }
const readInInbox = { state: 'CANCELLED', reason: 'read_in_inbox', deferredUntil: null }
const reads = {
  'by itself': (id: string) => database.log.markInboxItems('markRead', userId, [id], evening),
  'with all others': () => database.log.markInboxAllRead(userId, evening, evening),
}

it.each(['by itself', 'with all others'] as const)(
  'does not send what she has read in the inbox, %s, where that is enough, and says so before it falls due',
  async (how) => {
    const [id, other] = [await sentInTheEvening(once), await sentInTheEvening()]
    await reads[how](id)
    const mine = async () => {
      const deliveries = await listUserDeliveries(database, userId, undefined, 10)
      const found = deliveries.find(({ notificationId, channel }) => notificationId === id && channel === 'SMS')
      return found && { state: found.state, reason: found.reason, deferredUntil: found.deferredUntil }
    }
    expect([await sms(id), await mine()]).toEqual([readInInbox, readInInbox])
    await releasedAt(morning, id)
    await releasedAt(morning, other)
    expect([await sms(id), await mine(), await arrived(id)]).toEqual([readInInbox, readInInbox, 0])
    expect([await sms(other), await arrived(other)]).toEqual([sent, 1])
  },
)

it('sends what she has marked as unread again before it fell due', async () => {
  const id = await sentInTheEvening(once)
  await reads['by itself'](id)
  await database.log.markInboxItems('markUnread', userId, [id], evening)
  expect(await sms(id)).toEqual({ state: 'DEFERRED', reason: 'quiet_hours', deferredUntil: morning })
  await releasedAt(morning, id)
  expect([await sms(id), await arrived(id)]).toEqual([sent, 1])
})

it('merges into the newest that she has not read', async () => {
  const ids: string[] = []
  for (let n = 0; n < 5; n++) ids.push(await sentInTheEvening(once))
  const [read = '', newest = '', ...merged] = ids.toSorted().reverse()
  await reads['by itself'](read)
  for (const id of ids) await releasedAt(morning, id)
  expect([await sms(read), await sms(newest)]).toEqual([readInInbox, sent])
  for (const id of merged) expect(await sms(id)).toEqual(suppressed('merged'))
})

it('sends the newest of more than three that end together, and merges the others into it', async () => {
  const ids = []
  for (let n = 0; n < 5; n++) ids.push(await sentInTheEvening())
  for (const id of ids) await releasedAt(morning, id)
  const newest = ids.toSorted().at(-1)
  for (const id of ids) {
    expect([await sms(id), await arrived(id)]).toEqual(id === newest ? [sent, 1] : [suppressed('merged'), 0])
  }
})

it('sends three that end together one by one', async () => {
  const ids = []
  for (let n = 0; n < 3; n++) ids.push(await sentInTheEvening())
  for (const id of ids) await releasedAt(morning, id)
  for (const id of ids) expect([await sms(id), await arrived(id)]).toEqual([sent, 1])
})

it('counts what it sends against the caps of its recipient, and suppresses what is too much', async () => {
  await pool.query(`UPDATE preference SET quiet_hours = NULL WHERE user_id = $1`, [userId])
  const ids = []
  for (let n = 0; n < 6; n++) ids.push(await sentInTheEvening({ tier: 'MARKETING' }))
  for (const id of ids) await releasedAt(evening, id)
  const states = await Promise.all(ids.map(sms))
  expect(states).toEqual([...Array.from({ length: 5 }, () => sent), suppressed('frequency_cap')])
})

it('counts what quiet hours held back when it is released', async () => {
  const held = []
  for (let n = 0; n < 3; n++) held.push(await sentInTheEvening({ tier: 'MARKETING' }))
  for (const id of held) await releasedAt(morning, id)
  await pool.query(`UPDATE preference SET quiet_hours = NULL WHERE user_id = $1`, [userId])
  const more = []
  for (let n = 0; n < 3; n++) {
    const id = await sentInTheEvening({ tier: 'MARKETING' })
    await releasedAt(evening, id)
    more.push(id)
  }
  const reasons = await Promise.all([...held, ...more].map(async (id) => (await sms(id)).reason))
  expect(reasons).toEqual([null, null, null, null, null, 'frequency_cap'])
})
