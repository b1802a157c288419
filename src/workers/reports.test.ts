import { randomBytes } from 'node:crypto'
import { afterAll, expect, it } from 'vitest'
import { aDeliveryKey, logged } from '../../test/setup/a-delivery.ts'
import { address } from '../../test/setup/address.ts'
import { type DeliveryKey, deliveryId } from '../domain/ids.ts'
import { addressDigest } from '../store/address-digest.ts'
import { openCipher } from '../store/cipher.ts'
import { openDatabase } from '../store/database.ts'
import { preferencesOf } from '../store/preferences.ts'
import { readRecipients } from '../store/recipients.ts'
import { updatePreferences } from '../store/update-preferences.ts'
import { upsertUsers } from '../store/users.ts'
import { hearReports, type Report } from './reports.ts'

const database = openDatabase({ url: address('DATABASE_URL'), maxConnections: 4, name: 'worker-reports-test' })
const { pool } = database
afterAll(() => database.close())

const cipher = openCipher('a secret key for tests')
const signals: unknown[] = []
const streams = { signal: (_signal: unknown, key: unknown) => void signals.push(key) }
const deps = { database, cipher, streams, now: () => new Date() }
const hear = (...reports: readonly Report[]) => hearReports(deps, reports)

async function aSentMail(): Promise<DeliveryKey & { readonly email: string }> {
  const key = await aDeliveryKey(pool)
  const email = `${key.recipientId}@example.com`
  await upsertUsers(database, [{ id: key.recipientId, email }], new Date())
  return { ...(await logged(database, key)), email }
}

function report(key: DeliveryKey, kind: Report['kind'], change: Partial<Report> = {}): Report {
  const eventId = randomBytes(6).toString('hex')
  return { provider: 'sendgrid', deliveryId: deliveryId(key), kind, code: null, at: inSeconds(0), eventId, ...change }
}

function inSeconds(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString()
}

async function wantsMail({ recipientId }: DeliveryKey): Promise<boolean> {
  return (await preferencesOf(database, recipientId)).channels.EMAIL
}

async function recorded({ recipientId }: DeliveryKey): Promise<readonly unknown[]> {
  const { rows } = await pool.query(
    'SELECT subject, channel, was, became, changed_by, credential FROM consent_change WHERE user_id = $1 ORDER BY id',
    [recipientId],
  )
  return rows
}

function setMail({ recipientId: userId }: DeliveryKey, enabled: boolean) {
  const source = { changedBy: userId, credential: 'user_token' } as const
  return updatePreferences(database, {
    userId,
    change: { channels: [{ channel: 'EMAIL', enabled }] },
    source,
    at: new Date(),
  })
}

it('writes down what became of a delivery, and tells whoever watches its notification', async () => {
  const mail = await aSentMail()
  await hear(report(mail, 'accepted'), report(mail, 'delivered'))
  const { rows } = await pool.query('SELECT state FROM delivery WHERE notification_id = $1', [mail.notificationId])
  expect([rows, signals.includes(mail.notificationId)]).toEqual([[{ state: 'DELIVERED' }], true])
})

it('suppresses an address that bounced, by its digest alone', async () => {
  const mail = await aSentMail()
  const digest = addressDigest(cipher, 'EMAIL', mail.email.toUpperCase())
  await hear(report(mail, 'bounced', { suppress: { reason: 'bounced', digest } }))
  const recipients = await readRecipients(pool, [mail.recipientId])
  expect(recipients.get(mail.recipientId)?.suppressed).toEqual({ EMAIL: 'bounced' })
})

it('turns mail off for whoever has unsubscribed at the provider, and records that', async () => {
  const mail = await aSentMail()
  await hear(report(mail, 'unsubscribed'))
  expect(await wantsMail(mail)).toBe(false)
  expect(await recorded(mail)).toEqual([
    {
      subject: 'CHANNEL',
      channel: 'EMAIL',
      was: true,
      became: false,
      changed_by: mail.recipientId,
      credential: 'email_unsubscribe',
    },
  ])
})

it('goes by what she has said last: an unsubscription that comes late, or again, changes nothing', async () => {
  const mail = await aSentMail()
  const early = report(mail, 'unsubscribed', { at: inSeconds(-60) })
  await hear(early)
  await setMail(mail, true)
  await hear(early)
  expect(await wantsMail(mail)).toBe(true)
  await hear(report(mail, 'unsubscribed', { at: inSeconds(1) }))
  expect(await wantsMail(mail)).toBe(false)
})

it('has nothing to do for somebody who is gone', async () => {
  const key = await aDeliveryKey(pool)
  const suppress = { reason: 'complained', digest: 'none' } as const
  await hear(report(key, 'unsubscribed'), report(key, 'complained', { suppress }))
  expect(await recorded(key)).toEqual([])
})
