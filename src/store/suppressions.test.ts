import { afterAll, expect, it } from 'vitest'
import { aUserId } from '../../test/setup/a-delivery.ts'
import { address } from '../../test/setup/address.ts'
import type { AddressReason } from '../domain/suppressed-address.ts'
import { openDatabase } from './database.ts'
import { recipientCache } from './recipient-cache.ts'
import { readRecipients } from './recipients.ts'
import { liftStop, suppressAddress, suppressAddresses, suppressReported } from './suppressions.ts'
import { upsertUsers } from './users.ts'

const database = openDatabase({ url: address('DATABASE_URL'), maxConnections: 5, name: 'suppressions-test' })
const { pool } = database
afterAll(() => database.close())

const at = new Date('2026-11-22T10:00:00.000Z')

async function somebody(): Promise<{ readonly userId: string; readonly email: string; readonly phone: string }> {
  const userId = aUserId()
  const [email, phone] = [`${userId}@Example.com`, `+49151${parseInt(userId.slice(-6), 16)}`]
  await upsertUsers(database, [{ id: userId, email, phone }], at)
  return { userId, email, phone }
}

/** As every process sees it at once, with and without a cache. */
async function suppressedOf(userId: string): Promise<unknown> {
  const [plain, cached] = [readRecipients, recipientCache(undefined)]
  const all = await Promise.all([plain(pool, [userId]), cached(pool, [userId])])
  const [one, other] = all.map((recipients) => recipients.get(userId)?.suppressed)
  expect(other).toEqual(one)
  return one
}

it('holds for whoever has the address, in whichever case it is written, until she has another', async () => {
  const { userId, email, phone } = await somebody()
  const namesake = aUserId()
  await upsertUsers(database, [{ id: namesake, email: email.toUpperCase() }], at)
  await suppressAddress(pool, { channel: 'EMAIL', address: email, reason: 'bounced', at })
  expect([await suppressedOf(userId), await suppressedOf(namesake)]).toEqual([
    { EMAIL: 'bounced' },
    { EMAIL: 'bounced' },
  ])
  await suppressAddress(pool, { channel: 'SMS', address: phone, reason: 'stopped', at })
  await upsertUsers(database, [{ id: userId, email: `new-${email}` }], at)
  expect(await suppressedOf(userId)).toEqual({ SMS: 'stopped' })
  await upsertUsers(database, [{ id: userId, email }], at)
  expect(await suppressedOf(userId)).toEqual({ EMAIL: 'bounced', SMS: 'stopped' })
})

it('is lifted by START where STOP was the reason, and by nothing where the number is dead', async () => {
  const [stopped, dead] = [await somebody(), await somebody()]
  const suppress = (phone: string, reason: AddressReason) => ({ channel: 'SMS' as const, address: phone, reason, at })
  await suppressAddresses(pool, [
    suppress(stopped.phone, 'stopped'),
    suppress(dead.phone, 'stopped'),
    suppress(dead.phone, 'bounced'),
  ])
  await suppressAddress(pool, suppress(dead.phone, 'stopped'))
  await liftStop(pool, stopped.userId)
  await liftStop(pool, dead.userId)
  expect([await suppressedOf(stopped.userId), await suppressedOf(dead.userId)]).toEqual([{}, { SMS: 'bounced' }])
})

it('does not befall an address that she has got since', async () => {
  const [moved, stayed] = [await somebody(), await somebody()]
  const digestOf = (channel: string, given: string) => `${channel} ${given.toLowerCase()}`
  const reports = [moved, stayed].map(({ userId, email }) => ({
    userId,
    channel: 'EMAIL' as const,
    reason: 'bounced' as const,
    digest: digestOf('EMAIL', email),
    at,
  }))
  await upsertUsers(database, [{ id: moved.userId, email: `new-${moved.email}` }], at)
  await suppressReported(pool, reports, digestOf)
  expect([await suppressedOf(moved.userId), await suppressedOf(stayed.userId)]).toEqual([{}, { EMAIL: 'bounced' }])
})
