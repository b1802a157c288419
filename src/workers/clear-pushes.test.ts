import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { aNewNotification } from '../../test/setup/a-notification.ts'
import { address } from '../../test/setup/address.ts'
import { unique } from '../../test/setup/schema-app.ts'
import { providersOf } from '../channels/a-adapter.ts'
import { collapseId } from '../domain/ids.ts'
import { startSandbox } from '../sandbox/start.ts'
import { openDatabase } from '../store/database.ts'
import { writeDeliveries } from '../store/delivery-log.ts'
import { registerDevice } from '../store/devices.ts'
import { acceptNotification } from '../store/notifications.ts'
import { readRecipients } from '../store/recipients.ts'
import { upsertTemplate } from '../store/templates.ts'
import { upsertUsers } from '../store/users.ts'
import { clearPushes } from './clear-pushes.ts'
import { openGate } from './gate.ts'

const database = openDatabase({ url: address('DATABASE_URL'), maxConnections: 3, name: 'clear-pushes-test' })
const folder = mkdtempSync(join(tmpdir(), 'carillon-clear-'))
const sandbox = await startSandbox({ port: 0, dataDir: folder })
const providers = providersOf(sandbox.environment, 5000)
afterAll(async () => {
  await providers.close()
  await sandbox.close()
  rmSync(folder, { recursive: true })
  await database.close()
})

const tokens = { IOS: 'ab'.repeat(32), ANDROID: 'android:'.repeat(8), WEB: 'browser:'.repeat(8) } as const

async function aTemplate(readCancelsOthers: boolean) {
  const push = { title: 'Hi', body: 'Ho' }
  const template = {
    name: unique('clear'),
    tier: 'SOCIAL',
    category: 'social.like',
    contents: [{ locale: 'en', push }],
  } as const
  const rest = { readCancelsOthers, inboxFallback: false, sensitive: false, dataSchema: null }
  return upsertTemplate(database, { ...template, ...rest }, new Date())
}

/** Notifications that she has as a push on three devices, unless it is said otherwise. */
async function pushed(userId: string, readCancelsOthers: boolean, state: 'SENT' | 'SUPPRESSED' = 'SENT') {
  const { name, version } = await aTemplate(readCancelsOthers)
  const notification = aNewNotification({ template: name, templateVersion: version, audience: { userIds: [userId] } })
  await acceptNotification(database.pool, notification, undefined)
  const key = { notificationId: notification.id, recipientId: userId, channel: 'PUSH' } as const
  const rest = { reason: null, deferredUntil: null, provider: 'apns', updatedAt: new Date() } as const
  await writeDeliveries(database.pool, [{ ...key, ...rest, state }])
  return { id: notification.id, collapseId: collapseId(key, undefined, notification.callerId) }
}

it('what was read is taken off the devices whose platform can, in one push each that shows nothing', async () => {
  const userId = unique('user')
  await upsertUsers(database, [{ id: userId }], new Date())
  for (const platform of ['IOS', 'ANDROID', 'WEB'] as const) {
    const device = {
      userId,
      deviceId: platform,
      platform,
      token: tokens[platform],
      app: '',
      environment: 'PRODUCTION',
    } as const
    await registerDevice(database, device, new Date())
  }
  const [first, second] = [await pushed(userId, true), await pushed(userId, true)]
  const others = [await pushed(userId, false), await pushed(userId, true, 'SUPPRESSED')]
  const notificationIds = [first, second, ...others].map(({ id }) => id)
  const deps = { database, providers, readRecipients, gates: () => openGate, hurry: new AbortController().signal }
  await clearPushes(deps, 'TRANSACTIONAL', { userId, notificationIds })
  await clearPushes(deps, 'SOCIAL', { userId, notificationIds: [] })
  await clearPushes(deps, 'SOCIAL', { userId, notificationIds })

  const messages: unknown = await (await fetch(`${sandbox.url}/messages`)).json()
  const cleared = (provider: string, to: string) => {
    const ids = [first, second].map((push) => push.collapseId)
    return expect.objectContaining({
      provider,
      to,
      deliveryId: null,
      collapseId: null,
      content: expect.toSatisfy((text: string) => ids.every((id) => text.includes(id)) && text.split(' ').length === 3),
    })
  }
  expect(messages).toHaveLength(2)
  expect(messages).toEqual(expect.arrayContaining([cleared('apns', tokens.IOS), cleared('fcm', tokens.ANDROID)]))
})
