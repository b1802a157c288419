import { afterAll, expect, test } from 'vitest'
import { testDatabase } from '../../test/setup/a-log.ts'
import { addItems, aNewItem, fillInbox } from '../../test/setup/inbox.ts'
import { unique } from '../../test/setup/schema-app.ts'
import type { InboxQuery } from './inbox.ts'

const database = testDatabase('inbox-test', 10)
afterAll(() => database.close())

const now = new Date('2026-11-22T12:00:00.000Z')
const aQuery = (parts: Partial<InboxQuery> & Pick<InboxQuery, 'userId'>): InboxQuery => ({
  beforeSeq: undefined,
  unreadOnly: false,
  category: undefined,
  archived: false,
  limit: 100,
  ...parts,
})
const idsOf = async (query: InboxQuery) =>
  (await database.log.readInboxPage(query)).items.map((item) => item.notificationId)

test('an inbox that nothing was ever put into is empty', async () => {
  const userId = unique('ada')
  expect(await database.log.readInboxHead(userId)).toEqual({ seq: 0, unread: 0, removedSeq: 0 })
  expect(await database.log.readInboxPage(aQuery({ userId }))).toEqual({ head: { seq: 0, unread: 0 }, items: [] })
  expect(await database.log.countUnreadByCategory(userId)).toEqual([])
})

test('an item comes back as it was put in, with the head that it belongs to', async () => {
  const item = aNewItem({
    userId: unique('ada'),
    imageUrl: 'https://example.com/a.png',
    deepLink: 'app://post/1',
    actions: [{ id: 'open', title: 'Open "it", {now}\\', deepLink: 'app://post/1' }],
    data: { quoted: 'a "b" \\ {c},\n', list: [1, null, true] },
  })
  expect(await addItems(database, item)).toEqual([{ userId: item.userId, seq: 1, unread: 1 }])
  expect(await database.log.readInboxPage(aQuery({ userId: item.userId }))).toEqual({
    head: { seq: 1, unread: 1 },
    items: [{ ...item, createdSeq: 1, changedSeq: 1, readAt: null, archivedAt: null }],
  })
})

test('a page of recipients is put into all their inboxes at once', async () => {
  const userIds = Array.from({ length: 500 }, () => unique('user'))
  const { notificationId } = aNewItem({ userId: '' })
  const heads = await addItems(database, ...userIds.map((userId) => aNewItem({ userId, notificationId })))
  expect(new Map(heads.map((head) => [head.userId, head]))).toEqual(
    new Map(userIds.map((userId) => [userId, { userId, seq: 1, unread: 1 }])),
  )
})

test('pages of one inbox have no gap and no repeat while items are added and marked', async () => {
  const userId = unique('ada')
  const before = await fillInbox(database, userId, 60)
  let isReading = true
  const adding = (async () => {
    while (isReading) {
      const [id = ''] = await fillInbox(database, userId, 1)
      await database.log.markInboxItems('markRead', userId, [id, before[3] ?? ''], now)
    }
  })()
  const seen: string[] = []
  for (let beforeSeq: number | undefined = Number.MAX_SAFE_INTEGER; beforeSeq !== undefined; ) {
    const { items } = await database.log.readInboxPage(aQuery({ userId, beforeSeq, limit: 7 }))
    seen.push(...items.map((item) => item.notificationId))
    beforeSeq = items.at(-1)?.createdSeq
  }
  isReading = false
  await adding
  expect(seen.filter((id) => before.includes(id))).toEqual(before.toReversed())
  expect(new Set(seen).size).toBe(seen.length)
})

test('unread, archived and category choose among the items', async () => {
  const userId = unique('ada')
  const [first = '', second = '', third = ''] = await fillInbox(database, userId, 3)
  const [fourth = ''] = await fillInbox(database, userId, 1, { category: 'social.follow' })
  await database.log.markInboxItems('markRead', userId, [second], now)
  await database.log.markInboxItems('archive', userId, [third], now)
  expect(await idsOf(aQuery({ userId }))).toEqual([fourth, second, first])
  expect(await idsOf(aQuery({ userId, unreadOnly: true }))).toEqual([fourth, first])
  expect(await idsOf(aQuery({ userId, unreadOnly: true, limit: 1 }))).toEqual([fourth])
  expect(await idsOf(aQuery({ userId, category: 'social.like' }))).toEqual([second, first])
  expect(await idsOf(aQuery({ userId, archived: true }))).toEqual([third])
  expect(await idsOf(aQuery({ userId, archived: true, unreadOnly: true }))).toEqual([third])
  expect(await database.log.countUnreadByCategory(userId)).toEqual([
    { category: 'social.follow', count: 1 },
    { category: 'social.like', count: 1 },
  ])
})
