import { randomUUID } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { aNewNotification } from '../../test/setup/a-notification.ts'
import { address } from '../../test/setup/address.ts'
import { noCounts } from '../domain/funnel.ts'
import { childSliceId, sliceId } from '../domain/ids.ts'
import type { Slice } from '../domain/notification.ts'
import { openDatabase } from './database.ts'
import { takeDueNotifications, takeDueSlices } from './due.ts'
import { finishNotification } from './finish.ts'
import { acceptNotification, findNotification, type NewNotification } from './notifications.ts'
import { commitPage, type NewPage } from './pages.ts'
import { closeSlice, readOpenSlice } from './slices.ts'

const database = openDatabase({ url: address('DATABASE_URL'), maxConnections: 10, name: 'work-test' })
const { pool } = database
afterAll(() => database.close())

async function accepted(change: Partial<NewNotification> = {}): Promise<string> {
  return (await acceptNotification(pool, aNewNotification(change), undefined)).notification.id
}

function aSlice(notificationId: string, change: Partial<Slice> = {}): Slice {
  return {
    id: sliceId(notificationId, 0, 'SMS', 0),
    notificationId,
    page: 0,
    tier: 'SOCIAL',
    channel: 'SMS',
    attempt: 1,
    targets: [{ recipientId: 'ada' }],
    reason: null,
    dueAt: new Date(Date.now() + 60_000),
    ...change,
  }
}

function aPage(notificationId: string, change: Partial<NewPage> = {}): NewPage {
  const userId = `u-${randomUUID()}`
  const sentAt = new Date()
  return {
    notificationId,
    number: 0,
    isLast: true,
    cursor: null,
    recipientCount: 1,
    decided: { words: ['deliver'], of: { [userId]: [0, -1, -1, 0] } },
    counts: { ...noCounts, dispatched: 1, sent: 1 },
    inboxItems: [
      { userId, notificationId, tier: 'SOCIAL', category: 'x', title: 't', body: 'b', actions: [], data: {}, sentAt },
    ],
    slices: [aSlice(notificationId)],
    suppressions: [],
    deadLetters: [],
    ...change,
  }
}

describe('a page', () => {
  it('moves its notification on and makes its slices and inbox items', async () => {
    const id = await accepted()
    const page = aPage(id)
    const [item] = page.inboxItems
    expect(await commitPage(database, page)).toEqual({ heads: [{ userId: item?.userId, seq: 1, unread: 1 }] })
    expect(await findNotification(pool, id)).toMatchObject({ state: 'DELIVERING', pages: 1, recipientCount: 1 })
    expect((await readOpenSlice(pool, sliceId(id, 0, 'SMS', 0)))?.slice).toMatchObject({ attempt: 1, channel: 'SMS' })
  })

  it('changes nothing when it is committed again', async () => {
    const id = await accepted()
    const page = aPage(id)
    await commitPage(database, page)
    expect(await commitPage(database, page)).toBeUndefined()
    const { rows } = await pool.query('SELECT unread FROM inbox_head WHERE user_id = $1', [page.inboxItems[0]?.userId])
    expect(rows).toEqual([{ unread: 1 }])
  })

  it('is committed once by ten workers at once', async () => {
    const id = await accepted()
    const page = aPage(id)
    const commits = await Promise.all(Array.from({ length: 10 }, () => commitPage(database, page)))
    expect(commits.filter((each) => each !== undefined)).toHaveLength(1)
  })

  it('is refused once its notification has been cancelled', async () => {
    const id = await accepted()
    await pool.query(`UPDATE notification SET state = 'CANCELLED' WHERE id = $1`, [id])
    expect(await commitPage(database, aPage(id))).toBeUndefined()
    expect(await readOpenSlice(pool, sliceId(id, 0, 'SMS', 0))).toBeUndefined()
  })
})

describe('a slice', () => {
  it('closes once, with what goes on as children', async () => {
    const id = await accepted()
    await commitPage(database, aPage(id))
    const parent = sliceId(id, 0, 'SMS', 0)
    const child = aSlice(id, { id: childSliceId(parent, 0), attempt: 2, reason: 'retry' })
    const closed = {
      sliceId: parent,
      notificationId: id,
      counts: noCounts,
      children: [child],
      deadLetters: [],
      fallbackItems: [],
    }
    expect([await closeSlice(database, closed), await closeSlice(database, closed)]).toEqual([{ heads: [] }, undefined])
    expect(await readOpenSlice(pool, parent)).toBeUndefined()
    expect((await readOpenSlice(pool, child.id))?.slice).toEqual(child)
  })
})

describe('what is due', () => {
  /** Takes until nothing is due: other tests of this run have rows of their own in the same database. */
  async function takenIds(tier: NewNotification['tier']): Promise<string[]> {
    const [notifications, slices] = await Promise.all([
      takeDueNotifications(pool, tier, 10_000),
      takeDueSlices(pool, tier, 10_000),
    ])
    return [...notifications, ...slices].map(({ id }) => id)
  }

  it('is taken by one of several relays, and not again until its lease is over', async () => {
    const id = await accepted({ tier: 'MARKETING', dueAt: new Date(Date.now() - 1000) })
    const taken = await Promise.all([takenIds('MARKETING'), takenIds('MARKETING'), takenIds('MARKETING')])
    expect(taken.flat().filter((each) => each === id)).toEqual([id])
    expect(await takenIds('MARKETING')).not.toContain(id)
  })

  it('is left alone until then, and by the relays of other tiers', async () => {
    const ahead = await accepted({ tier: 'MARKETING' })
    const due = await accepted({ tier: 'MARKETING', dueAt: new Date(Date.now() - 1000) })
    expect(await takenIds('SOCIAL')).not.toContain(due)
    const taken = await takenIds('MARKETING')
    expect(taken).toContain(due)
    expect(taken).not.toContain(ahead)
  })

  it('is an open slice whose worker has died', async () => {
    const id = await accepted()
    const dueAt = new Date(Date.now() - 1000)
    await commitPage(database, aPage(id, { slices: [aSlice(id, { dueAt })] }))
    expect(await takenIds('SOCIAL')).toContain(sliceId(id, 0, 'SMS', 0))
  })
})

describe('a notification', () => {
  it('is done when its slices have closed, and keeps its funnel and no secret', async () => {
    const id = await accepted({ data: null, secret: Buffer.from('sealed') })
    await commitPage(database, aPage(id))
    expect(await finishNotification(pool, id)).toBe(false)
    const counts = { ...noCounts, dispatched: 1, failed: 1 }
    await closeSlice(database, {
      sliceId: sliceId(id, 0, 'SMS', 0),
      notificationId: id,
      counts,
      children: [],
      deadLetters: [],
      fallbackItems: [],
    })
    expect(await finishNotification(pool, id)).toBe(true)
    const done = await findNotification(pool, id)
    expect(done).toMatchObject({ state: 'DONE', secret: null })
    expect(done?.funnel?.filter(({ count }) => count > 0)).toEqual([
      { stage: 'accepted', count: 1 },
      { stage: 'fanned_out', count: 1 },
      { stage: 'dispatched', count: 2 },
      { stage: 'sent', count: 1 },
      { stage: 'failed', count: 1 },
    ])
  })

  it('falls due at once when its last slice closes', async () => {
    const id = await accepted()
    await commitPage(database, aPage(id))
    const closed = {
      sliceId: sliceId(id, 0, 'SMS', 0),
      notificationId: id,
      counts: noCounts,
      children: [],
      deadLetters: [],
      fallbackItems: [],
    }
    await closeSlice(database, closed)
    const { rows } = await pool.query('SELECT due_at <= now() AS due FROM notification WHERE id = $1', [id])
    expect(rows).toEqual([{ due: true }])
  })
})
