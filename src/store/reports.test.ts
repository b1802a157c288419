import { afterAll, describe, expect, it } from 'vitest'
import { aDeliveryKey, aReport, aUserId, logged } from '../../test/setup/a-delivery.ts'
import { testDatabase } from '../../test/setup/a-log.ts'
import { correctedFunnel } from '../domain/correction.ts'
import { noCounts } from '../domain/funnel.ts'
import { type DeliveryKey, deliveryId } from '../domain/ids.ts'
import { findDelivery } from './deliveries.ts'
import { readEvidence } from './evidence.ts'
import { finishNotification } from './finish.ts'
import { findNotification } from './notifications.ts'
import { commitPage } from './pages.ts'
import { applyReports } from './reports.ts'

const database = testDatabase('reports-test', 20)
const { pool } = database
afterAll(() => database.close())

const at = new Date('2026-11-22T10:00:00.000Z')

async function rowOf({ notificationId, recipientId, channel: asked }: DeliveryKey): Promise<unknown> {
  const known = await database.log.readDeliveries(notificationId, [recipientId])
  const found = known.find(({ channel }) => channel === asked)
  return found && { state: found.state, reason: found.reason, provider: found.provider, reported: found.reported }
}

async function deadLettersOf({ notificationId }: DeliveryKey): Promise<readonly unknown[]> {
  const { rows } = await pool.query(
    'SELECT recipient_id, channel, provider, reason, attempts, at FROM dead_letter WHERE notification_id = $1',
    [notificationId],
  )
  return rows
}

async function reportedOf({ notificationId }: DeliveryKey): Promise<unknown> {
  return (await findNotification(pool, notificationId))?.reported
}

const none = { sent: 0, delivered: 0, failed: 0, expired: 0, cancelled: 0, suppressed: 0, unknown: 0 }

describe('what a provider tells of a delivery', () => {
  it('replaces what we believed, tells whose notification has changed, and is counted', async () => {
    const key = await logged(database, await aDeliveryKey(pool))
    expect(await applyReports(database, [aReport(key, 'DELIVERED', { at })])).toEqual([key.notificationId])
    expect(await rowOf(key)).toEqual({ state: 'DELIVERED', reason: null, provider: 'sendgrid', reported: true })
    expect(await reportedOf(key)).toEqual({ ...none, delivered: 1 })
  })

  it('is written down where the worker that sent it has died before it could', async () => {
    const key = await aDeliveryKey(pool)
    expect(await applyReports(database, [aReport(key, 'SENT', { at })])).toEqual([])
    expect(await rowOf(key)).toEqual({ state: 'SENT', reason: null, provider: 'sendgrid', reported: true })
    await applyReports(database, [aReport(key, 'DELIVERED', { at })])
    expect(await reportedOf(key)).toEqual({ ...none, delivered: 1 })
  })

  it('is never replaced by what dispatch makes of it later', async () => {
    const key = await aDeliveryKey(pool)
    await applyReports(database, [aReport(key, 'FAILED', { reason: 'bounced', at })])
    await logged(database, key)
    await logged(database, key, { state: 'UNKNOWN', reason: 'awaiting_evidence' })
    expect(await rowOf(key)).toEqual({ state: 'FAILED', reason: 'bounced', provider: 'sendgrid', reported: true })
  })

  it('is applied once, by ten workers at once, however often and in whichever order it comes', async () => {
    const key = await logged(database, await aDeliveryKey(pool))
    const reports = [aReport(key, 'DELIVERED'), aReport(key, 'FAILED', { reason: 'bounced' }), aReport(key, 'SENT')]
    const given = Array.from({ length: 30 }, (_, index) => reports.slice(index % 3, (index % 3) + 1))
    await Promise.all(given.map((each) => applyReports(database, each)))
    await applyReports(database, reports)
    expect(await rowOf(key)).toMatchObject({ state: 'FAILED', reason: 'bounced' })
    expect(await reportedOf(key)).toEqual({ ...none, failed: 1 })
    expect(await deadLettersOf(key)).toHaveLength(1)
  })

  it('makes a dead letter with its reason and the attempts that were made', async () => {
    const key = await logged(database, await aDeliveryKey(pool, 'SMS'))
    const attempt = {
      ...key,
      target: '',
      at,
      provider: 'twilio',
      outcome: 'accepted',
      code: null,
      latencyMs: 1,
      providerMessageId: null,
    } as const
    await database.log.logDeliveries([], [{ ...attempt, attempt: 2 }])
    await applyReports(database, [aReport(key, 'FAILED', { reason: 'undelivered_30007', provider: 'twilio', at })])
    expect(await deadLettersOf(key)).toEqual([
      {
        recipient_id: key.recipientId,
        channel: 'SMS',
        provider: 'twilio',
        reason: 'undelivered_30007',
        attempts: 2,
        at,
      },
    ])
  })

  it('takes back a dead letter of what has come through all the same, and its counts', async () => {
    const key = await logged(database, await aDeliveryKey(pool), { state: 'FAILED', reason: 'rejected' })
    await pool.query(
      `INSERT INTO dead_letter (notification_id, recipient_id, channel, reason, attempts, at) VALUES ($1, $2, $3, 'rejected', 2, now())`,
      [key.notificationId, key.recipientId, key.channel],
    )
    await applyReports(database, [aReport(key, 'DELIVERED')])
    expect(await deadLettersOf(key)).toEqual([])
    expect(await reportedOf(key)).toEqual({ ...none, failed: -1, sent: 1, delivered: 1 })
  })

  it('is passed over where the notification is not ours', async () => {
    const key: DeliveryKey = {
      notificationId: 'ntf_00000000000000000000000000',
      channel: 'SMS',
      recipientId: aUserId(),
    }
    expect(await applyReports(database, [aReport(key, 'DELIVERED')])).toEqual([])
    expect(await rowOf(key)).toBeUndefined()
  })

  it('never locks out dispatch, which writes down the same deliveries in another order', async () => {
    const keys: DeliveryKey[] = []
    for (let n = 0; n < 20; n++) keys.push(await aDeliveryKey(pool))
    const delivery = { state: 'SENT', reason: null, provider: 'sendgrid', updatedAt: at } as const
    const turns = Array.from({ length: 40 }, (_, n) => {
      const inOrder = n % 4 < 2 ? keys : keys.toReversed()
      return n % 2 === 0
        ? applyReports(
            database,
            inOrder.map((key) => aReport(key, n < 20 ? 'SENT' : 'DELIVERED')),
          )
        : database.log.logDeliveries(
            inOrder.map((key) => ({ ...key, ...delivery })),
            [],
          )
    })
    await Promise.all(turns)
    const rows = await Promise.all(keys.map(rowOf))
    expect(new Set(rows.map((row) => JSON.stringify(row)))).toEqual(
      new Set([JSON.stringify({ state: 'DELIVERED', reason: null, provider: 'sendgrid', reported: true })]),
    )
  })
})

it('is in the funnel of a notification that is done already', async () => {
  const key = await aDeliveryKey(pool)
  const { notificationId } = key
  await commitPage(database, {
    notificationId,
    number: 0,
    isLast: true,
    cursor: null,
    recipientCount: 1,
    decided: { words: ['deliver'], of: { [key.recipientId]: [-1, -1, 0, -1] } },
    counts: { ...noCounts, dispatched: 1, sent: 1 },
    inboxItems: [],
    slices: [],
    suppressions: [],
    deadLetters: [],
  })
  await logged(database, key)
  expect(await finishNotification(pool, notificationId)).toBe(true)
  await applyReports(database, [aReport(key, 'DELIVERED')])
  const { funnel = [], reported = {} } = (await findNotification(pool, notificationId)) ?? {}
  const counts = correctedFunnel(funnel ?? [], reported).filter(({ count }) => count > 0)
  expect(Object.fromEntries(counts.map(({ stage, count }) => [stage, count]))).toEqual({
    accepted: 1,
    fanned_out: 1,
    dispatched: 1,
    sent: 1,
    delivered: 1,
  })
  expect(await findDelivery(database, key)).toMatchObject({ state: 'DELIVERED' })
})

it('is evidence that a provider has accepted it; so is its answer, but not of a push', async () => {
  const reported = await aDeliveryKey(pool)
  await applyReports(database, [aReport(reported, 'FAILED', { reason: 'bounced' })])
  const sent = await logged(database, await aDeliveryKey(pool, 'SMS'))
  const pushed = await logged(database, await aDeliveryKey(pool, 'PUSH'))
  const unknown = await logged(database, await aDeliveryKey(pool), { state: 'UNKNOWN', reason: 'awaiting_evidence' })
  const nothing = await aDeliveryKey(pool)
  const evidence = await readEvidence(database, [unknown, reported, nothing, pushed, sent])
  expect(evidence).toEqual(new Set([deliveryId(reported), deliveryId(sent)]))
})
