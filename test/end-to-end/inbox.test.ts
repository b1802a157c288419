import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { afterAll, expect, inject, it } from 'vitest'
import {
  ArchiveDocument,
  InboxDocument,
  MarkAllReadDocument,
  MarkReadDocument,
  MarkUnreadDocument,
  UnarchiveDocument,
} from '../generated/operations.ts'
import { ask } from '../setup/graphql.ts'
import { overSocket } from '../setup/live.ts'
import { orderShipped, send } from '../setup/notification.ts'
import { aPerson } from '../setup/person.ts'

const carillon = inject('carillon')
const patience = { timeout: 15_000, interval: 20 }
const person = await aPerson(carillon)
const other = await aPerson(carillon)

const inboxEvents = {
  query: `subscription { inboxEvents {
    kind: __typename unreadCount
    ... on InboxItemAdded { item { notificationId readAt } }
    ... on InboxItemsChanged { items { notificationId readAt archivedAt } }
    ... on InboxAllRead { before }
  } }`,
}
const phone = overSocket(carillon, person.token, inboxEvents)
const laptop = overSocket(carillon, person.token, inboxEvents)
const stranger = overSocket(carillon, other.token, inboxEvents)
afterAll(() => Promise.all([phone, laptop, stranger].map((live) => live.close())))

it('tells every device of a viewer of each change, in order and with the exact count, and nobody else', async () => {
  const seen: unknown[] = [{ kind: 'InboxReady', unreadCount: 0 }]
  const bothSee = async (...events: readonly unknown[]) => {
    seen.push(...events)
    const wanted = seen.map((event) => ({ data: { inboxEvents: event } }))
    await expect.poll(() => [phone.events, laptop.events], patience).toEqual([wanted, wanted])
  }
  await bothSee()

  const ids: string[] = []
  for (const unreadCount of [1, 2, 3]) {
    const id = await send(carillon, orderShipped([person.userId], { channels: ['IN_APP'] }))
    ids.push(id)
    await bothSee({ kind: 'InboxItemAdded', unreadCount, item: { notificationId: id, readAt: null } })
  }
  const [first = '', second = '', third = ''] = ids
  const item = (id: string) => `inb_${id.slice(4)}~${person.userId}`
  const changed = (unreadCount: number, notificationId: string, readAt: unknown, archivedAt: unknown) => ({
    kind: 'InboxItemsChanged',
    unreadCount,
    items: [{ notificationId, readAt, archivedAt }],
  })
  const time = expect.stringMatching(/^\d{4}-/)
  const mark = <Result>(document: TypedDocumentNode<Result, { ids: string[] }>, id: string) =>
    ask(carillon, person.token, document, { ids: [item(id)] })

  await mark(MarkReadDocument, first)
  await bothSee(changed(2, first, time, null))
  await mark(ArchiveDocument, second)
  await bothSee(changed(1, second, null, time))
  await mark(MarkUnreadDocument, first)
  await bothSee(changed(2, first, null, null))
  await mark(UnarchiveDocument, second)
  await bothSee(changed(3, second, null, null))
  // What is so already changes nothing and is told to nobody.
  await mark(MarkUnreadDocument, third)
  await ask(carillon, person.token, MarkAllReadDocument, {})
  await bothSee({ kind: 'InboxAllRead', unreadCount: 0, before: time })

  expect(stranger.events).toEqual([{ data: { inboxEvents: { kind: 'InboxReady', unreadCount: 0 } } }])
  const { viewer } = await ask(carillon, person.token, InboxDocument, {})
  expect(viewer.unreadCount).toBe(0)
  expect(viewer.inbox.nodes.map(({ notificationId, readAt }) => [notificationId, readAt])).toEqual([
    [third, time],
    [second, time],
    [first, time],
  ])
})

it('counts exactly when many notifications and marks arrive at once', async () => {
  const { userId, token } = await aPerson(carillon)
  const live = overSocket(carillon, token, inboxEvents)
  await expect.poll(() => live.events.length, patience).toBe(1)
  await Promise.all(Array.from({ length: 30 }, () => send(carillon, orderShipped([userId], { channels: ['IN_APP'] }))))
  const unread = async () => (await ask(carillon, token, InboxDocument, { first: 100 })).viewer
  await expect.poll(async () => (await unread()).unreadCount, patience).toBe(30)
  const items = (await unread()).inbox.nodes.map(({ id }) => id)
  // Each twice at once, in two orders.
  const marks = [...items.slice(0, 20), ...items.slice(0, 20).reverse()]
  await Promise.all(marks.map((id) => ask(carillon, token, MarkReadDocument, { ids: [id] })))
  expect((await unread()).unreadCount).toBe(10)
  await expect.poll(() => live.events.at(-1), patience).toMatchObject({ data: { inboxEvents: { unreadCount: 10 } } })
  const added = live.events.filter((event) => JSON.stringify(event).includes('InboxItemAdded'))
  expect(added).toHaveLength(30)
  await live.close()
})

it('refuses a subscription without credentials, and one that is not for its kind of credentials', async () => {
  const nobody = overSocket(carillon, 'wrong', inboxEvents)
  await expect.poll(() => nobody.events, patience).toEqual([{ failed: expect.objectContaining({ code: 4403 }) }])
  const caller = overSocket(carillon, carillon.demo.apiKey, inboxEvents)
  await expect.poll(() => JSON.stringify(caller.events), patience).toContain('FORBIDDEN')
  await Promise.all([nobody.close(), caller.close()])
})

it('shows no viewer anything of another', async () => {
  const mine = await ask(carillon, person.token, InboxDocument, {})
  const theirs = await ask(carillon, other.token, InboxDocument, {})
  expect([mine.viewer.inbox.nodes.length, theirs.viewer.inbox.nodes]).toEqual([3, []])
})
