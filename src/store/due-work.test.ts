import { afterAll, expect, it } from 'vitest'
import { aMigratedDatabase } from '../../test/setup/a-migrated-database.ts'
import { aNewNotification } from '../../test/setup/a-notification.ts'
import { noCounts } from '../domain/funnel.ts'
import { sliceId } from '../domain/ids.ts'
import { tiers } from '../domain/words.ts'
import { readDueWork } from './due-work.ts'
import { acceptNotification, type NewNotification } from './notifications.ts'
import { commitPage } from './pages.ts'

const database = await aMigratedDatabase()
const { pool } = database
afterAll(() => database.close())

const ago = (ms: number) => new Date(Date.now() - ms)
const [first, second, ahead] = [ago(9000), ago(3000), ago(-60_000)]

async function accepted(change: Partial<NewNotification>): Promise<string> {
  return (await acceptNotification(pool, aNewNotification(change), undefined)).notification.id
}

async function withSlices(dueAts: readonly Date[]): Promise<void> {
  const notificationId = await accepted({ dueAt: first })
  await commitPage(database, {
    notificationId,
    number: 0,
    isLast: true,
    cursor: null,
    recipientCount: 1,
    decided: { words: [], of: {} },
    counts: noCounts,
    inboxItems: [],
    slices: dueAts.map((dueAt, n) => ({
      id: sliceId(notificationId, 0, 'SMS', n),
      notificationId,
      page: 0,
      tier: 'SOCIAL',
      channel: 'SMS',
      attempt: 1,
      targets: [{ recipientId: 'ada' }],
      reason: null,
      dueAt,
    })),
    suppressions: [],
    deadLetters: [],
  })
  // It waits for its slices: that is nothing for workers.
  await pool.query('UPDATE notification SET due_at = now() WHERE id = $1', [notificationId])
}

it('is what has fallen due and has not been handed out, for each lane with the oldest of it', async () => {
  await accepted({ dueAt: second })
  await accepted({ dueAt: first })
  await accepted({ dueAt: ahead })
  await accepted({ dueAt: ahead, tier: 'TRANSACTIONAL' })
  await accepted({ dueAt: second, tier: 'MARKETING' })
  await withSlices([first, second, second, ahead])
  const due = await readDueWork(pool, tiers)
  expect(due.toSorted((a, b) => b.count - a.count)).toEqual([
    { tier: 'SOCIAL', channel: 'SMS', count: 3, oldest: first },
    { tier: 'SOCIAL', channel: null, count: 2, oldest: first },
    { tier: 'MARKETING', channel: null, count: 1, oldest: second },
  ])
  expect(await readDueWork(pool, ['TRANSACTIONAL'])).toEqual([])
})
