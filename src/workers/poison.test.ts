import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aMigratedDatabase } from '../../test/setup/a-migrated-database.ts'
import { aNewNotification } from '../../test/setup/a-notification.ts'
import { address } from '../../test/setup/address.ts'
import { noCounts } from '../domain/funnel.ts'
import { sliceId } from '../domain/ids.ts'
import { defaultPolicySettings, openPolicy } from '../domain/policy.ts'
import { listDeadLetters } from '../store/dead-letter-list.ts'
import { listDeliveries } from '../store/deliveries.ts'
import { noteNotificationFault, noteSliceFault } from '../store/faults.ts'
import { acceptNotification, findNotification, type NewNotification } from '../store/notifications.ts'
import { commitPage } from '../store/pages.ts'
import { openStreams } from '../streams/streams.ts'
import { loadTimeZones } from '../time-zone-data.ts'
import { notingFaults } from './poison.ts'
import { type Relay, startRelay } from './relay.ts'

const database = await aMigratedDatabase()
const { pool } = database
const streams = await openStreams(address('NATS_URL'), 'poison-test')
await streams.declare()
const policy = openPolicy(loadTimeZones(), defaultPolicySettings)
const patience = { timeout: 15_000 }
let relay: Relay

beforeAll(() => {
  relay = startRelay({ database, streams, policy, now: () => new Date() }, 'SOCIAL')
})

afterAll(async () => {
  await relay.stop()
  await streams.close()
  await database.close()
})

/** A notification with one open slice for ada by SMS, which falls due in a minute. */
async function withSlice(change: Partial<NewNotification> = {}): Promise<{ id: string; slice: string }> {
  const { notification } = await acceptNotification(pool, aNewNotification({ channels: ['SMS'], ...change }), undefined)
  const { id, tier } = notification
  const slice = sliceId(id, 0, 'SMS', 0)
  const targets = [{ recipientId: 'ada' }]
  const dueAt = new Date(Date.now() + 60_000)
  await commitPage(database, {
    notificationId: id,
    number: 0,
    isLast: true,
    cursor: null,
    recipientCount: 1,
    decided: { words: ['deliver'], of: { ada: [-1, -1, -1, 0] } },
    counts: noCounts,
    inboxItems: [],
    slices: [
      { id: slice, notificationId: id, page: 0, tier, channel: 'SMS', attempt: 1, targets, reason: null, dueAt },
    ],
    suppressions: [],
    deadLetters: [],
  })
  return { id, slice }
}

interface ComeRound {
  readonly faults: number
  readonly generation: number
  readonly targets?: unknown
}

/** Lets a slice fall due now, after it has come round so often and workers have failed at it so often. */
async function fallDue(slice: string, { faults, generation, targets = [{ recipientId: 'ada' }] }: ComeRound) {
  await pool.query('UPDATE slice SET faults = $2, generation = $3, targets = $4, due_at = now() WHERE id = $1', [
    slice,
    faults,
    generation,
    JSON.stringify(targets),
  ])
}

/** Recipient and reason of each dead letter. */
async function letters(notificationId: string) {
  const listed = await listDeadLetters(pool, { notificationId }, undefined, 10)
  return listed.map(({ recipientId, channel, reason }) => [recipientId, channel, reason])
}

async function states(notificationId: string) {
  const listed = await listDeliveries(database, notificationId, {}, undefined, 10)
  return listed.map(({ delivery: { recipientId, state, reason } }) => [recipientId, state, reason])
}

async function isDone(notificationId: string): Promise<boolean> {
  return (await findNotification(pool, notificationId))?.state === 'DONE'
}

async function counted(notificationId: string): Promise<Record<string, number>> {
  const { funnel } = (await findNotification(pool, notificationId)) ?? {}
  return Object.fromEntries((funnel ?? []).filter(({ count }) => count > 0).map(({ stage, count }) => [stage, count]))
}

describe('a slice that workers fail at again and again', () => {
  it('ends as a dead letter, and its notification is done', async () => {
    const { id, slice } = await withSlice()
    await fallDue(slice, { faults: 20, generation: 20 })
    await expect.poll(() => isDone(id), patience).toBe(true)
    expect(await letters(id)).toEqual([['ada', 'SMS', 'internal_error']])
    expect(await states(id)).toEqual([['ada', 'FAILED', 'internal_error']])
    expect(await counted(id)).toEqual({ accepted: 1, fanned_out: 1, failed: 1 })
  })

  it.each([
    ['cannot be read at all', { not: 'targets' }, [[null, 'SMS', 'internal_error']], 1],
    [
      'can be read in part',
      [null, { recipientId: 'ada', next: 7 }],
      [
        ['ada', 'SMS', 'internal_error'],
        [null, 'SMS', 'internal_error'],
      ],
      2,
    ],
  ])('ends so when it %s, and holds nobody up', async (_how, targets, expected, failed) => {
    const [broken, whole] = [await withSlice(), await withSlice()]
    await fallDue(broken.slice, { faults: 20, generation: 20, targets })
    await fallDue(whole.slice, { faults: 0, generation: 0 })
    await expect.poll(() => isDone(broken.id), patience).toBe(true)
    expect(await letters(broken.id)).toEqual(expected)
    expect(await counted(broken.id)).toMatchObject({ failed })
    await expect.poll(() => generationOf(whole.slice), patience).toBe(1)
  })

  it('goes on to the next channel with routing FIRST', async () => {
    const { id, slice } = await withSlice({ routing: 'FIRST' })
    await fallDue(slice, { faults: 20, generation: 20, targets: [{ recipientId: 'ada', next: ['EMAIL'] }] })
    await expect.poll(() => openChannels(id), patience).toEqual(['EMAIL'])
    expect(await letters(id)).toEqual([])
  })

  it('has expired once its deadline is long past, however often workers failed', async () => {
    const { id, slice } = await withSlice()
    await pool.query(`UPDATE notification SET expires_at = now() - interval '2 hours' WHERE id = $1`, [id])
    await fallDue(slice, { faults: 0, generation: 10 })
    await expect.poll(() => isDone(id), patience).toBe(true)
    expect(await states(id)).toEqual([['ada', 'EXPIRED', 'expired']])
    expect(await letters(id)).toEqual([])
  })

  it('is handed out for as long as nobody fails at it: workers may have been away', async () => {
    const { slice } = await withSlice()
    await fallDue(slice, { faults: 19, generation: 40 })
    await expect.poll(() => generationOf(slice), patience).toBe(41)
  })
})

describe('a notification', () => {
  it('that cannot be expanded ends, and says so', async () => {
    const { notification } = await acceptNotification(pool, aNewNotification(), undefined)
    const { id } = notification
    await pool.query('UPDATE notification SET faults = 20, generation = 20, due_at = now() WHERE id = $1', [id])
    await expect.poll(() => isDone(id), patience).toBe(true)
    expect(await letters(id)).toEqual([[null, null, 'internal_error']])
    expect(await counted(id)).toEqual({ accepted: 1 })
  })

  it('that cannot be finished ends, and does not keep others from it', async () => {
    const [broken, whole] = [await withSlice(), await withSlice()]
    await pool.query('UPDATE slice SET open = false, counts = $2 WHERE id = ANY($1)', [
      [broken.slice, whole.slice],
      JSON.stringify(noCounts),
    ])
    await pool.query(`UPDATE slice SET counts = '{"sent":"many"}' WHERE id = $1`, [broken.slice])
    await pool.query('UPDATE notification SET faults = 19, generation = 20 WHERE id = $1', [broken.id])
    await pool.query('UPDATE notification SET due_at = now() WHERE id = ANY($1)', [[broken.id, whole.id]])
    await expect.poll(() => isDone(whole.id), patience).toBe(true)
    await expect.poll(() => faultsOf(broken.id), patience).toBe(20)
    await pool.query('UPDATE notification SET due_at = now() WHERE id = $1', [broken.id])
    await expect.poll(() => isDone(broken.id), patience).toBe(true)
    expect(await letters(broken.id)).toEqual([[null, null, 'internal_error']])
  })
})

it('a fault is noted of what a worker failed at, and told on', async () => {
  const { id, slice } = await withSlice()
  const fail = async () => {
    throw new Error('a bug')
  }
  const atSlice = notingFaults(fail, () => noteSliceFault(pool, slice))
  const atNotification = notingFaults(fail, () => noteNotificationFault(pool, id))
  await expect(Promise.all([atSlice({}, false), atNotification({}, false)])).rejects.toThrow('a bug')
  await expect(atSlice({}, false)).rejects.toThrow('a bug')
  const { rows } = await pool.query('SELECT faults FROM slice WHERE id = $1', [slice])
  expect([rows, await faultsOf(id)]).toEqual([[{ faults: 2 }], 1])
})

async function generationOf(slice: string): Promise<number | undefined> {
  const { rows } = await pool.query<{ generation: number }>('SELECT generation FROM slice WHERE id = $1', [slice])
  return rows[0]?.generation
}

async function faultsOf(id: string): Promise<number | undefined> {
  const { rows } = await pool.query<{ faults: number }>('SELECT faults FROM notification WHERE id = $1', [id])
  return rows[0]?.faults
}

async function openChannels(id: string): Promise<readonly string[]> {
  const { rows } = await pool.query<{ channel: string }>(
    'SELECT channel FROM slice WHERE notification_id = $1 AND open',
    [id],
  )
  return rows.map(({ channel }) => channel)
}
