import { afterAll, expect, it } from 'vitest'
import { aNewNotification } from '../../test/setup/a-notification.ts'
import { address } from '../../test/setup/address.ts'
import { unique } from '../../test/setup/schema-app.ts'
import type { PushMessage } from '../channels/provider.ts'
import type { Providers } from '../channels/providers.ts'
import type { Outcome } from '../domain/outcome.ts'
import { defaultPolicySettings, openPolicy } from '../domain/policy.ts'
import type { Channel, ProviderChannel } from '../domain/words.ts'
import { openCipher } from '../store/cipher.ts'
import { openClaims } from '../store/claims.ts'
import { openDatabase } from '../store/database.ts'
import { findDevice, type Registration, registerDevice } from '../store/devices.ts'
import { acceptNotification } from '../store/notifications.ts'
import { recipientCache } from '../store/recipient-cache.ts'
import { suppressAddress } from '../store/suppressions.ts'
import { upsertTemplate } from '../store/templates.ts'
import { upsertUsers } from '../store/users.ts'
import { openStreams } from '../streams/streams.ts'
import { loadTimeZones } from '../time-zone-data.ts'
import { dispatch } from './dispatch.ts'
import { fanOut } from './fan-out.ts'
import { openGate } from './gate.ts'

const database = openDatabase({ url: address('DATABASE_URL'), maxConnections: 5, name: 'dispatch-test' })
const { pool } = database
const streams = await openStreams(address('NATS_URL'), 'dispatch-test')
await streams.declare()
afterAll(async () => {
  await streams.close()
  await database.close()
})

const template = await upsertTemplate(
  database,
  {
    name: unique('dispatch'),
    tier: 'TRANSACTIONAL',
    category: 'order',
    readCancelsOthers: false,
    inboxFallback: false,
    sensitive: false,
    dataSchema: null,
    contents: [
      { locale: 'en', push: { title: 'Hi', body: 'Hi' }, email: { subject: 'Hi', html: 'Hi' }, sms: { body: 'Hi' } },
    ],
  },
  new Date(),
)

/** Providers that answer like this, and the addresses and tokens that they were asked to reach. */
function providersThat(answer: Outcome): Providers & { readonly reached: readonly string[] } {
  const reached: string[] = []
  const attempt = async (to: string) => {
    reached.push(to)
    return answer
  }
  const apns = { name: 'apns', attempt: ({ target }: PushMessage) => attempt(target.token) } as const
  const fcm = { name: 'fcm', attempt: ({ target }: PushMessage) => attempt(target.token) } as const
  return {
    reached,
    PUSH: { IOS: apns, ANDROID: fcm, WEB: fcm },
    EMAIL: [{ name: 'sendgrid', attempt: ({ to }) => attempt(to) }],
    SMS: [{ name: 'twilio', attempt: ({ to }) => attempt(to) }],
    async close() {},
  }
}

function depsWith(providers: Providers) {
  return {
    database,
    streams,
    cipher: openCipher('a secret key for tests, long enough'),
    claims: openClaims(pool, undefined),
    gates: () => openGate,
    takesPart: () => true,
    warmShare: 0,
    providers,
    policy: openPolicy(loadTimeZones(), defaultPolicySettings),
    redis: undefined,
    readRecipients: recipientCache(undefined),
    unsubscribeUrl: () => 'https://example.com/unsubscribe',
    hurry: new AbortController().signal,
    now: () => new Date(),
    random: () => 0,
  }
}

/** Fanned out; resolves with what dispatches it. */
async function aSlice(userId: string, channel: ProviderChannel): Promise<(providers: Providers) => Promise<void>> {
  const notification = aNewNotification({
    tier: 'TRANSACTIONAL',
    template: template.name,
    templateVersion: template.version,
    audience: { userIds: [userId] },
    channels: [channel],
  })
  const { id: notificationId, tier } = notification
  await acceptNotification(pool, notification, undefined)
  await fanOut(depsWith(providersThat({ kind: 'accepted' })), { notificationId, tier, page: 0, generation: 0 })
  const { rows } = await pool.query<{ id: string }>('SELECT id FROM slice WHERE notification_id = $1', [notificationId])
  return async (providers) => {
    for (const { id } of rows) await dispatch(depsWith(providers), { sliceId: id, tier, channel, generation: 0 })
  }
}

async function states(userId: string, channel: Channel): Promise<readonly unknown[]> {
  const { rows } = await pool.query(
    'SELECT state, reason FROM delivery WHERE recipient_id = $1 AND channel = $2 ORDER BY notification_id',
    [userId, channel],
  )
  return rows
}

async function aDevice(registeredAt: Date, platform: Registration['platform'] = 'IOS'): Promise<Registration> {
  const device = { userId: unique('user'), deviceId: 'phone', token: unique('token'), app: 'com.example.app' }
  const registration: Registration = { ...device, platform, environment: 'PRODUCTION' }
  await registerDevice(database, registration, registeredAt)
  return registration
}

const hourAgo = () => new Date(Date.now() - 3_600_000)
const dayAgo = () => new Date(Date.now() - 86_400_000)
const unregistered = (deadSince?: Date): Outcome => ({
  kind: 'stale_target',
  code: '410 Unregistered',
  ...(deadSince && { deadSince }),
})

it.each(['IOS', 'ANDROID'] as const)('pushes to a dead token (%s) once and never again', async (platform) => {
  const { userId, deviceId, token } = await aDevice(dayAgo(), platform)
  const [first, second] = [await aSlice(userId, 'PUSH'), await aSlice(userId, 'PUSH')]
  const providers = providersThat(unregistered(platform === 'IOS' ? hourAgo() : undefined))
  await first(providers)
  await second(providers)
  expect(providers.reached).toEqual([token])
  expect((await findDevice(database, userId, deviceId))?.isActive).toBe(false)
  expect(await states(userId, 'PUSH')).toEqual([
    { state: 'FAILED', reason: 'stale_target' },
    { state: 'SUPPRESSED', reason: 'no_device' },
  ])
})

it('keeps a token that was registered again after the moment at which APNs says that it died', async () => {
  const { userId, deviceId } = await aDevice(hourAgo())
  const slice = await aSlice(userId, 'PUSH')
  await slice(providersThat(unregistered(dayAgo())))
  expect((await findDevice(database, userId, deviceId))?.isActive).toBe(true)
})

it.each([
  ['EMAIL', 'bounced'],
  ['SMS', 'stopped'],
] as const)(
  'does not call for an address (%s) that has been suppressed since it was decided',
  async (channel, reason) => {
    const userId = unique('user')
    const [email, phone] = [`${userId}@example.com`, `+4915${Date.now().toString().slice(-9)}`]
    await upsertUsers(database, [{ id: userId, email, phone }], new Date())
    const slice = await aSlice(userId, channel)
    await suppressAddress(pool, { channel, address: channel === 'EMAIL' ? email : phone, reason, at: new Date() })
    const providers = providersThat({ kind: 'accepted' })
    await slice(providers)
    expect([providers.reached, await states(userId, channel)]).toEqual([[], [{ state: 'SUPPRESSED', reason }]])
  },
)
