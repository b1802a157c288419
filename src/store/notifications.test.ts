import { createHash, randomUUID } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { aNewNotification } from '../../test/setup/a-notification.ts'
import { address } from '../../test/setup/address.ts'
import { IdempotencyConflict } from '../errors.ts'
import { openDatabase } from './database.ts'
import { acceptNotification, findNotification, listNotifications } from './notifications.ts'

const database = openDatabase({ url: address('DATABASE_URL'), maxConnections: 10, name: 'notifications-test' })
const { pool } = database
afterAll(() => database.close())

const hashOf = (body: string) => createHash('sha256').update(body).digest()

describe('acceptNotification', () => {
  it('stores what it is given', async () => {
    const notification = aNewNotification({ push: { imageUrl: 'https://example.com/a.png' }, collapseKey: 'score' })
    const { dueAt: _, ...stored } = notification
    const accepted = await acceptNotification(pool, notification, undefined)
    expect(accepted.replayed).toBe(false)
    expect(await findNotification(pool, notification.id)).toEqual({
      ...stored,
      recipientCount: 0,
      campaignId: null,
      fanOut: 'WRITE',
      funnel: null,
      pages: 0,
      audienceCursor: null,
      reported: {},
    })
  })

  it('answers the same key and body with what was made then', async () => {
    const first = aNewNotification()
    const key = { key: randomUUID(), requestHash: hashOf('body') }
    await acceptNotification(pool, first, key)
    const again = await acceptNotification(pool, aNewNotification({ callerId: first.callerId }), key)
    expect([again.replayed, again.notification.id]).toEqual([true, first.id])
  })

  it('refuses the same key with another body, and names what is there', async () => {
    const first = aNewNotification()
    const key = randomUUID()
    await acceptNotification(pool, first, { key, requestHash: hashOf('body') })
    const second = aNewNotification({ callerId: first.callerId })
    const conflict = acceptNotification(pool, second, { key, requestHash: hashOf('another') })
    await expect(conflict).rejects.toThrowError(IdempotencyConflict)
    await expect(conflict).rejects.toMatchObject({ idempotencyKey: key, existingId: first.id })
    expect(await findNotification(pool, second.id)).toBeUndefined()
  })

  it('keeps the keys of two callers apart', async () => {
    const key = { key: randomUUID(), requestHash: hashOf('body') }
    const answers = [
      await acceptNotification(pool, aNewNotification(), key),
      await acceptNotification(pool, aNewNotification(), key),
    ]
    expect(answers.map(({ replayed }) => replayed)).toEqual([false, false])
  })

  it('makes one notification of twenty requests with one key at once', async () => {
    const { callerId } = aNewNotification()
    const key = { key: randomUUID(), requestHash: hashOf('body') }
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => acceptNotification(pool, aNewNotification({ callerId }), key)),
    )
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1)
    expect(new Set(answers.map(({ notification }) => notification.id)).size).toBe(1)
  })

  it('takes a key anew after 24 hours', async () => {
    const first = aNewNotification()
    const key = randomUUID()
    await acceptNotification(pool, first, { key, requestHash: hashOf('body') })
    await pool.query(`UPDATE idempotency_key SET created_at = now() - interval '25 hours' WHERE key = $1`, [key])
    const second = aNewNotification({ callerId: first.callerId })
    const accepted = await acceptNotification(pool, second, { key, requestHash: hashOf('another') })
    expect([accepted.replayed, accepted.notification.id]).toEqual([false, second.id])
  })
})

describe('listNotifications', () => {
  it("lists a caller's own, newest first, page by page", async () => {
    const { callerId } = aNewNotification()
    const made = []
    for (let n = 0; n < 5; n++) {
      made.push((await acceptNotification(pool, aNewNotification({ callerId }), undefined)).notification.id)
    }
    await acceptNotification(pool, aNewNotification(), undefined)
    const filter = { callerId, tier: undefined, category: undefined }
    const first = await listNotifications(pool, { ...filter, before: undefined, limit: 3 })
    const second = await listNotifications(pool, { ...filter, before: first.at(-1)?.id, limit: 3 })
    expect([...first, ...second].map(({ id }) => id)).toEqual(made.sort().reverse())
  })
})
