import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { testDatabase } from '../../test/setup/a-log.ts'
import { addItems, aNewItem, fillInbox } from '../../test/setup/inbox.ts'
import { unique } from '../../test/setup/schema-app.ts'
import type { InboxHead } from '../domain/inbox-item.ts'
import { inboxMarks } from '../domain/inbox-marks.ts'

const database = testDatabase('inbox-mark-test', 20)
afterAll(() => database.close())

const now = new Date('2026-11-22T12:00:00.000Z')
const later = new Date('2026-11-22T13:00:00.000Z')

const mark = (kind: (typeof inboxMarks)[number], userId: string, ids: readonly string[], at = now) =>
  database.log.markInboxItems(kind, userId, ids, at)

test.each([
  { kind: 'markRead', undo: 'markUnread', changed: { readAt: now } },
  { kind: 'archive', undo: 'unarchive', changed: { archivedAt: now } },
] as const)('$kind takes items out of the count, once, and $undo puts them back', async ({ kind, undo, changed }) => {
  const userId = unique('ada')
  const [first = '', second = '', third = ''] = await fillInbox(database, userId, 3)
  const before = { readAt: null, archivedAt: null }

  const marked = await mark(kind, userId, [third, first])
  expect(marked.head).toEqual({ seq: 4, unread: 1 })
  expect(marked.items).toEqual([
    expect.objectContaining({ notificationId: third, createdSeq: 3, changedSeq: 4, ...before, ...changed }),
    expect.objectContaining({ notificationId: first, createdSeq: 1, changedSeq: 4, ...before, ...changed }),
  ])

  // The one that is marked already keeps its time and its sequence.
  const again = await mark(kind, userId, [second, first], later)
  expect(again.head).toEqual({ seq: 5, unread: 0 })
  expect(again.items[1]).toEqual(marked.items[1])

  expect(await mark(kind, userId, [second, first], later)).toEqual({ items: again.items, head: undefined })
  expect((await mark(undo, userId, [first, second, third])).head).toEqual({ seq: 6, unread: 3 })
  expect(await mark(undo, userId, [first])).toMatchObject({ items: [{ changedSeq: 6, ...before }], head: undefined })
})

test('an archived item counts for nothing, whether it is read or not', async () => {
  const userId = unique('ada')
  const ids = await fillInbox(database, userId, 2)
  expect((await mark('archive', userId, ids.slice(0, 1))).head).toEqual({ seq: 3, unread: 1 })
  expect((await mark('markRead', userId, ids)).head).toEqual({ seq: 4, unread: 0 })
  expect((await mark('markUnread', userId, ids.slice(0, 1))).head).toEqual({ seq: 5, unread: 0 })
  expect((await mark('unarchive', userId, ids)).head).toEqual({ seq: 6, unread: 1 })
})

test('items of somebody else are neither changed nor shown', async () => {
  const [ada, bob] = [unique('ada'), unique('bob')]
  const [id = ''] = await fillInbox(database, bob, 1)
  expect(await mark('markRead', ada, [id])).toEqual({ items: [], head: undefined })
  expect(await database.log.readInboxHead(bob)).toEqual({ seq: 1, unread: 1, removedSeq: 0 })
})

test('an item that is named twice is one item', async () => {
  const userId = unique('ada')
  const [id = ''] = await fillInbox(database, userId, 1)
  const { items, head } = await mark('markRead', userId, [id, id])
  expect([items.length, head]).toEqual([1, { seq: 2, unread: 0 }])
})

test('two devices that mark the same items at once count them once', async () => {
  const userId = unique('ada')
  const ids = await fillInbox(database, userId, 20)
  const marked = await Promise.all([
    mark('markRead', userId, ids),
    mark('markRead', userId, ids.toReversed()),
    mark('markRead', userId, ids),
  ])
  expect(marked.flatMap(({ head }) => head ?? [])).toEqual([{ seq: 21, unread: 0 }])
  for (const { items } of marked) expect(items.every((item) => item.readAt !== null)).toBe(true)
  expect(await database.log.readInboxHead(userId)).toEqual({ seq: 21, unread: 0, removedSeq: 0 })
})

test('all read takes what was sent until then, archived items too, with one sequence', async () => {
  const userId = unique('ada')
  const ids = await fillInbox(database, userId, 3, { sentAt: now })
  const [late = ''] = await fillInbox(database, userId, 1, { sentAt: later })
  await mark('archive', userId, ids.slice(0, 1))
  expect(await database.log.markInboxAllRead(userId, now, later)).toEqual({ seq: 6, unread: 1 })
  expect(await database.log.markInboxAllRead(userId, now, later)).toBeUndefined()
  const items = await database.log.findInboxItems(userId, [...ids, late])
  const shown = items.map(({ notificationId, readAt, changedSeq }) => [notificationId, readAt, changedSeq])
  expect(new Set(shown)).toEqual(new Set([...ids.map((id) => [id, later, 6]), [late, null, 4]]))
})

test('all read of an inbox that has nothing changes nothing', async () => {
  expect(await database.log.markInboxAllRead(unique('ada'), now, now)).toBeUndefined()
})

test('an all read that waits for a page reads the items of that page', async () => {
  const userId = unique('ada')
  await fillInbox(database, userId, 1)
  let reading: Promise<InboxHead | undefined> | undefined
  await database.log.commit(async (_client, writes) => {
    await writes.addInboxItems([aNewItem({ userId })])
    reading = database.log.markInboxAllRead(userId, now, now)
    for (let isWaiting = false; !isWaiting; await pause(5)) {
      const { rows } = await database.pool.query(
        `SELECT FROM pg_stat_activity WHERE application_name = 'inbox-mark-test' AND wait_event_type = 'Lock'`,
      )
      isWaiting = rows.length > 0
    }
  })
  expect(await reading).toEqual({ seq: 3, unread: 0 })
})

test('whatever happens at once, counts are exact and sequences are dense', async () => {
  const random = seeded(20_261_122)
  const userIds = Array.from({ length: 4 }, () => unique('user'))
  const idsOf = new Map(userIds.map((userId) => [userId, [] as string[]]))
  const heads: { readonly userId: string; readonly seq: number; readonly unread: number; readonly isAdd: boolean }[] =
    []

  const act = async () => {
    const userId = pick(userIds, random)
    const ids = idsOf.get(userId) ?? []
    if (random() < 0.35) {
      const items = userIds.filter(() => random() < 0.7).map((each) => aNewItem({ userId: each }))
      for (const head of await addItems(database, ...items)) heads.push({ ...head, isAdd: true })
      for (const item of items) idsOf.get(item.userId)?.push(item.notificationId)
    } else if (random() < 0.1) {
      const head = await database.log.markInboxAllRead(userId, now, now)
      if (head) heads.push({ userId, ...head, isAdd: false })
    } else {
      const some = ids.filter(() => random() < 0.4)
      const { head } = await mark(pick(inboxMarks, random), userId, some)
      if (head) heads.push({ userId, ...head, isAdd: false })
    }
  }
  const device = async () => {
    for (let n = 0; n < 40; n++) await act()
  }
  await Promise.all(Array.from({ length: 12 }, device))

  for (const userId of userIds) {
    const own = heads.filter((head) => head.userId === userId).sort((a, b) => a.seq - b.seq)
    expect(own.map(({ seq }) => seq)).toEqual(own.map((_head, index) => index + 1))
    for (const [index, { isAdd, unread }] of own.entries()) {
      if (isAdd) expect(unread).toBe((own[index - 1]?.unread ?? 0) + 1)
    }
    const items = await database.log.findInboxItems(userId, idsOf.get(userId) ?? [])
    const unread = items.filter((item) => item.readAt === null && item.archivedAt === null).length
    expect(await database.log.readInboxHead(userId)).toEqual({ seq: own.length, unread, removedSeq: 0 })
    expect(own.at(-1)?.unread).toBe(unread)
  }
})

function pick<T>(values: readonly [T, ...T[]] | readonly T[], random: () => number): T {
  const value = values[Math.floor(random() * values.length)]
  if (value === undefined) throw new Error('There is nothing to choose from.')
  return value
}

/** Mulberry32. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
