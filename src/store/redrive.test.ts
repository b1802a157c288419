import { randomUUID } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { aFailedNotification, type FailedNotification } from '../../test/setup/a-dead-letter.ts'
import { testDatabase } from '../../test/setup/a-log.ts'
import { funnelOf, noCounts } from '../domain/funnel.ts'
import type { DeadLetterFilter } from './dead-letter-filter.ts'
import { countDeadLetters, listDeadLetters } from './dead-letter-list.ts'
import { findDelivery } from './deliveries.ts'
import { finishNotification } from './finish.ts'
import { readProgress } from './funnel.ts'
import { findNotification } from './notifications.ts'
import { findRedrivable, redrive } from './redrive.ts'
import { closeSlice } from './slices.ts'
import { upsertTemplate } from './templates.ts'

const database = testDatabase('redrive-test', 10)
const { pool } = database
afterAll(() => database.close())

async function redriven(filter: DeadLetterFilter, limit: number, perSecond = 100) {
  return redrive(database, await findRedrivable(pool, filter, limit), perSecond)
}

interface OpenSlice {
  readonly id: string
  readonly attempt: number
  readonly targets: readonly { readonly recipientId: string }[]
  readonly due_at: Date
}

async function openSlices(notificationId: string): Promise<readonly OpenSlice[]> {
  const { rows } = await pool.query<OpenSlice>(
    'SELECT id, attempt, targets, due_at FROM slice WHERE notification_id = $1 AND open ORDER BY due_at',
    [notificationId],
  )
  return rows
}

/** The stages of its funnel that are not zero. */
async function funnel(notificationId: string): Promise<Record<string, number>> {
  const notification = await findNotification(pool, notificationId)
  if (notification === undefined) throw new Error('there is no such notification')
  const stages = notification.funnel ?? funnelOf(await readProgress(pool, notification))
  return Object.fromEntries(stages.filter(({ count }) => count !== 0).map(({ stage, count }) => [stage, count]))
}

async function stateOf(notificationId: string): Promise<string | undefined> {
  return (await findNotification(pool, notificationId))?.state
}

describe('a dead letter that is redriven', () => {
  it('is a pending delivery again, with another attempt ahead of it', async () => {
    const notificationId = await aFailedNotification(database)
    expect(await redriven({ notificationId }, 10)).toEqual({ count: 1, notificationIds: [notificationId] })
    expect(await countDeadLetters(pool, { notificationId })).toBe(0)
    expect(await openSlices(notificationId)).toMatchObject([{ attempt: 2, targets: [{ recipientId: 'ada' }] }])
    expect(await stateOf(notificationId)).toBe('DELIVERING')
    const delivery = await findDelivery(database, { notificationId, recipientId: 'ada', channel: 'SMS' })
    expect(delivery).toMatchObject({ state: 'PENDING', reason: 'redriven' })
  })

  it('is counted as failed no longer, and as dispatched once, whatever becomes of it', async () => {
    const notificationId = await aFailedNotification(database, { recipientIds: ['ada', 'bob'] })
    expect(await funnel(notificationId)).toEqual({ accepted: 2, fanned_out: 2, dispatched: 2, failed: 2 })
    await redriven({ notificationId }, 10)
    expect(await funnel(notificationId)).toEqual({ accepted: 2, fanned_out: 2, queued: 2 })
    const [slice] = await openSlices(notificationId)
    const counts = { ...noCounts, dispatched: 2, sent: 1, failed: 1 }
    await closeSlice(database, {
      sliceId: slice?.id ?? '',
      notificationId,
      counts,
      children: [],
      deadLetters: [],
      fallbackItems: [],
    })
    expect(await finishNotification(pool, notificationId)).toBe(true)
    expect(await stateOf(notificationId)).toBe('DONE')
    expect(await funnel(notificationId)).toEqual({ accepted: 2, fanned_out: 2, dispatched: 2, sent: 1, failed: 1 })
  })

  it('is redriven once, by ten at once as well', async () => {
    const notificationId = await aFailedNotification(database, { recipientIds: ['ada', 'bob', 'cleo'] })
    const all = await Promise.all(Array.from({ length: 10 }, () => redriven({ notificationId }, 10)))
    expect(all.map(({ count }) => count).reduce((sum, count) => sum + count)).toBe(3)
    expect(await redriven({ notificationId }, 10)).toEqual({ count: 0, notificationIds: [] })
  })

  it('goes out at a pace that holds from one call to the next', async () => {
    // A tier from which no other test of this run takes what is due.
    const recipientIds = Array.from({ length: 5 }, (_, n) => `user-${n}`)
    const notification = { tier: 'TRANSACTIONAL' } as const
    const notificationId = await aFailedNotification(database, { recipientIds, notification })
    await redriven({ notificationId }, 3, 2)
    await redriven({ notificationId }, 3, 2)
    const slices = await openSlices(notificationId)
    const [first] = slices.map(({ due_at }) => due_at.getTime())
    expect(slices.map(({ due_at, targets }) => [due_at.getTime() - (first ?? 0), targets.length])).toEqual([
      [0, 2],
      [1000, 1],
      [2000, 2],
    ])
  })
})

describe('of all dead letters', () => {
  it('thousands are redriven at their pace', async () => {
    const recipientIds = Array.from({ length: 1200 }, (_, n) => `user-${n}`)
    const notificationId = await aFailedNotification(database, {
      recipientIds,
      notification: { tier: 'TRANSACTIONAL' },
    })
    expect(await redriven({ notificationId }, 10_000)).toEqual({ count: 1200, notificationIds: [notificationId] })
    const slices = await openSlices(notificationId)
    const [first] = slices.map(({ due_at }) => due_at.getTime())
    expect(slices.map(({ due_at, targets }) => [due_at.getTime() - (first ?? 0), targets.length])).toEqual(
      Array.from({ length: 12 }, (_, second) => [second * 1000, 100]),
    )
    expect(new Set(slices.flatMap(({ targets }) => targets.map(({ recipientId }) => recipientId)))).toEqual(
      new Set(recipientIds),
    )
  })

  it('the newest are redriven, as many as are asked for', async () => {
    const reason = randomUUID()
    const old = await aFailedNotification(database, { letter: { reason, at: new Date(Date.now() - 60_000) } })
    const fresh = await aFailedNotification(database, { letter: { reason } })
    const [letter, older] = [fresh, old].map((id) => ({ notificationId: id, recipientId: 'ada', channel: 'SMS' }))
    expect(await findRedrivable(pool, { reason }, 10)).toEqual([letter, older])
    expect(await findRedrivable(pool, { reason }, 1)).toEqual([letter])
    expect(await redriven({ reason }, 1)).toEqual({ count: 1, notificationIds: [fresh] })
    expect(await redriven({ reason, provider: 'sendgrid' }, 10)).toEqual({ count: 0, notificationIds: [] })
    expect(await redriven({ reason, provider: 'twilio' }, 10)).toEqual({ count: 1, notificationIds: [old] })
  })

  const soon = () => new Date(Date.now() + 60_000)
  const refused: readonly (readonly [what: string, failed: FailedNotification, change: string])[] = [
    ['is past its deadline', { notification: { expiresAt: new Date(Date.now() - 1) } }, ''],
    ['has been cancelled', {}, `UPDATE notification SET state = 'CANCELLED' WHERE id = $1`],
    ['was an inbox item', {}, `UPDATE dead_letter SET channel = 'IN_APP' WHERE notification_id = $1`],
    ['names no recipient', {}, `UPDATE dead_letter SET recipient_id = '' WHERE notification_id = $1`],
  ]

  it.each(refused)('none is redriven that %s', async (_what, failed, change) => {
    const notificationId = await aFailedNotification(database, failed)
    if (change !== '') await pool.query(change, [notificationId])
    expect(await findRedrivable(pool, { notificationId }, 10)).toEqual([])
    const all = await listDeadLetters(pool, { notificationId }, undefined, 10)
    expect(await redrive(database, all, 100)).toEqual({ count: 0, notificationIds: [] })
    expect(await countDeadLetters(pool, { notificationId })).toBe(1)
    expect(await openSlices(notificationId)).toEqual([])
  })

  it('none is redriven of a sensitive notification that is done, and any of one that is not', async () => {
    const sensitive = await upsertTemplate(
      database,
      {
        name: `otp-${randomUUID()}`,
        tier: 'TRANSACTIONAL',
        category: 'security.otp',
        readCancelsOthers: false,
        inboxFallback: false,
        sensitive: true,
        dataSchema: null,
        contents: [{ locale: 'en', sms: { body: '{{ code }}' } }],
      },
      new Date(),
    )
    const notificationId = await aFailedNotification(database, {
      notification: { template: sensitive.name, templateVersion: sensitive.version, expiresAt: soon() },
    })
    expect(await redriven({ notificationId }, 10)).toMatchObject({ count: 0 })
    await pool.query(`UPDATE notification SET state = 'DELIVERING' WHERE id = $1`, [notificationId])
    expect(await redriven({ notificationId }, 10)).toMatchObject({ count: 1 })
  })

  it('one of a whole notification has its audience expanded again', async () => {
    const notificationId = await aFailedNotification(database)
    await pool.query(`UPDATE dead_letter SET recipient_id = '', channel = '' WHERE notification_id = $1`, [
      notificationId,
    ])
    expect(await listDeadLetters(pool, { notificationId }, undefined, 10)).toMatchObject([
      { recipientId: null, channel: null },
    ])
    expect(await redriven({ notificationId }, 10)).toEqual({ count: 1, notificationIds: [notificationId] })
    expect(await stateOf(notificationId)).toBe('FANNING_OUT')
    expect(await countDeadLetters(pool, { notificationId })).toBe(0)
  })
})
