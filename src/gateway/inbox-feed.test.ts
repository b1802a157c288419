import { afterAll, expect, test } from 'vitest'
import { addItems, aNewItem } from '../../test/setup/inbox.ts'
import { openSchemaApp, unique } from '../../test/setup/schema-app.ts'
import type { InboxListener } from '../schema/context.ts'
import type { InboxEventShape } from '../schema/inbox-catch-up.ts'
import { readHeads } from '../store/inbox-heads.ts'
import { inboxChanged } from '../streams/messages.ts'
import { openInboxFeed } from './inbox-feed.ts'

const { app, close } = await openSchemaApp()
const { streams, database } = app
const feed = openInboxFeed(streams, database)
afterAll(async () => {
  feed.close()
  await close()
})

interface Reading extends InboxListener {
  readonly told: readonly InboxEventShape[]
  readonly ended: () => boolean
}

function aListener(): Reading {
  const told: InboxEventShape[] = []
  let over = false
  return {
    told,
    ended: () => over,
    tell: (event) => void told.push(event),
    end() {
      over = true
    },
  }
}

async function following(userId: string, of = feed) {
  const listener = aListener()
  const followed = await of.follow(userId, listener)
  return { ...listener, head: followed?.head, leave: () => of.unfollow(userId, listener) }
}

/** Signals reach only who listens already. */
const listening = () => streams.connection.then((connection) => connection.flush())
const readAll = (userId: string, seq: number) =>
  streams.signal(inboxChanged, userId, { userId, seq, unread: 0, allReadBefore: '2026-11-22T10:00:00.000Z' })
const seqs = ({ told }: Reading) => told.map(({ cursor }) => cursor.seq)

test('every subscription of a viewer is told of a change by one and the same event, and nobody else', async () => {
  const [ada, grace] = [unique('ada'), unique('grace')]
  const [phone, laptop, other] = [await following(ada), await following(ada), await following(grace)]
  expect(phone.head).toEqual({ seq: 0, unread: 0, removedSeq: 0 })
  for (const head of await addItems(database, aNewItem({ userId: ada }))) streams.signal(inboxChanged, ada, head)
  await expect.poll(() => phone.told).toMatchObject([{ kind: 'added', unread: 1, item: { userId: ada } }])
  expect(laptop.told[0]).toBe(phone.told[0])
  expect(other.told).toEqual([])
})

test('one NATS subscription and one read serve a viewer, until the last who listens leaves', async () => {
  const ada = unique('ada')
  let listeners = 0
  const counting = openInboxFeed(
    {
      ...streams,
      listen: (...args) => {
        listeners += 1
        const stop = streams.listen(...args)
        return () => {
          listeners -= 1
          stop()
        }
      },
    },
    database,
  )
  const [first, second] = [await following(ada, counting), await following(ada, counting)]
  expect(listeners).toBe(1)
  first.leave()
  expect(listeners).toBe(1)
  second.leave()
  expect(listeners).toBe(0)
  counting.close()
})

test('a change whose signal was lost is found in PostgreSQL, once; by whoever comes later too', async () => {
  const ada = unique('ada')
  const reader = await following(ada)
  await addItems(database, aNewItem({ userId: ada }))
  await feed.check()
  await expect.poll(() => seqs(reader)).toEqual([1])
  await feed.check()
  await addItems(database, aNewItem({ userId: ada }))
  const later = await following(ada)
  expect(later.head?.seq).toBe(2)
  await expect.poll(() => seqs(reader)).toEqual([1, 2])
  readAll(ada, 3)
  await expect.poll(() => seqs(reader)).toEqual([1, 2, 3])
  expect(seqs(later).at(-1)).toBe(3)
})

test('inboxes of many that change at once are read together', async () => {
  const viewers = Array.from({ length: 30 }, () => unique('viewer'))
  const reads: number[] = []
  const counting = openInboxFeed(streams, database, {
    readHeads: (userIds) => readHeads(database.pool, userIds),
    readOneChangeEach: (wanted) => {
      reads.push(wanted.length)
      return database.log.readOneChangeEach(wanted)
    },
  })
  const readers = await Promise.all(viewers.map((userId) => following(userId, counting)))
  const { notificationId } = aNewItem({ userId: 'x' })
  const heads = await addItems(database, ...viewers.map((userId) => aNewItem({ userId, notificationId })))
  for (const head of heads) streams.signal(inboxChanged, head.userId, head)
  await expect.poll(() => readers.filter((reader) => reader.told.length === 1).length).toBe(30)
  expect(reads.reduce((sum, count) => sum + count)).toBe(30)
  expect(reads.length).toBeLessThan(10)
  counting.close()
})

test('a closed feed ends all who listen, and who comes later', async () => {
  const closing = openInboxFeed(streams, database)
  const reader = await following(unique('ada'), closing)
  closing.close()
  expect(reader.ended()).toBe(true)
  expect((await following(unique('ada'), closing)).ended()).toBe(true)
})

test('what cannot be read ends all who listen with why, and whoever comes later begins anew', async () => {
  const ada = unique('ada')
  let down = true
  const failing = openInboxFeed(streams, database, {
    readHeads: (userIds) => readHeads(database.pool, userIds),
    async readOneChangeEach(wanted) {
      if (down) throw new Error('PostgreSQL is away')
      return database.log.readOneChangeEach(wanted)
    },
  })
  const reader = await following(ada, failing)
  const change = async () => {
    for (const head of await addItems(database, aNewItem({ userId: ada }))) streams.signal(inboxChanged, ada, head)
  }
  await change()
  await expect.poll(reader.ended).toBe(true)
  down = false
  const again = await following(ada, failing)
  expect(again.head?.seq).toBe(1)
  await listening()
  await change()
  await expect.poll(() => seqs(again)).toEqual([2])
  failing.close()
})
