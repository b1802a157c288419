import { afterAll, expect, test } from 'vitest'
import { openSchemaApp, unique } from '../../test/setup/schema-app.ts'
import { inboxChanged } from '../streams/messages.ts'
import { openInboxFeed } from './inbox-feed.ts'

const { app, close } = await openSchemaApp()
const { streams, database } = app
const feed = openInboxFeed(streams, database.pool)
afterAll(async () => {
  feed.close()
  await close()
})

function reading(userId: string) {
  const leaving = new AbortController()
  const changes = feed.changes(userId, leaving.signal)[Symbol.asyncIterator]()
  return { next: () => changes.next(), leave: () => leaving.abort() }
}

/** Signals reach only who listens already. */
const listening = () => streams.connection.then((connection) => connection.flush())

test('every subscription of a viewer is told of a change, and nobody else', async () => {
  const [ada, grace] = [unique('ada'), unique('grace')]
  const [phone, laptop, other] = [reading(ada), reading(ada), reading(grace)]
  await listening()
  const [first, second, third] = [phone.next(), laptop.next(), other.next()]
  streams.signal(inboxChanged, ada, { userId: ada, seq: 3, unread: 2 })
  expect(await Promise.all([first, second])).toEqual([
    { done: false, value: { seq: 3, unread: 2 } },
    { done: false, value: { seq: 3, unread: 2 } },
  ])
  other.leave()
  expect(await third).toEqual({ done: true, value: undefined })
})

test('one NATS subscription serves a viewer, until the last reader leaves', async () => {
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
    database.pool,
  )
  const [first, second] = [new AbortController(), new AbortController()]
  counting.changes(ada, first.signal)
  counting.changes(ada, second.signal)
  expect(listeners).toBe(1)
  first.abort()
  expect(listeners).toBe(1)
  second.abort()
  expect(listeners).toBe(0)
  counting.close()
})

test('a change whose signal was lost is found in PostgreSQL, once', async () => {
  const ada = unique('ada')
  const reader = reading(ada)
  const next = reader.next()
  await database.pool.query('INSERT INTO inbox_head (user_id, seq, unread) VALUES ($1, 7, 4)', [ada])
  await feed.check()
  expect(await next).toEqual({ done: false, value: { seq: 7, unread: 4 } })
  await feed.check()
  await listening()
  const after = reader.next()
  streams.signal(inboxChanged, ada, { userId: ada, seq: 8, unread: 5 })
  expect(await after).toEqual({ done: false, value: { seq: 8, unread: 5 } })
})

test('a closed feed ends all its subscriptions', async () => {
  const closing = openInboxFeed(streams, database.pool)
  const changes = closing.changes(unique('ada'), new AbortController().signal)[Symbol.asyncIterator]()
  const next = changes.next()
  closing.close()
  expect(await next).toEqual({ done: true, value: undefined })
})
