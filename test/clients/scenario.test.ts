import { expect, inject, it } from 'vitest'
import { openInbox as overApollo } from '../../examples/apollo.ts'
import { openInbox as overCarillonClient } from '../../examples/carillon-client.ts'
import { openInbox as overGraphqlSse } from '../../examples/graphql-sse.ts'
import { openInbox as overGraphqlWs } from '../../examples/graphql-ws.ts'
import type { OpenInbox, ShownInbox } from '../../examples/open-inbox.ts'
import { openInbox as overUrql } from '../../examples/urql.ts'
import { InboxDocument, MarkReadDocument } from '../generated/operations.ts'
import { ask } from '../setup/graphql.ts'
import { send } from '../setup/notification.ts'
import { aPerson, type Person } from '../setup/person.ts'
import { aWire } from './wire.ts'

const carillon = inject('carillon')
const patience = { timeout: 20_000, interval: 20 }

/** What she sees: `2: Chiara! Bruno! Ada`, the count and who liked her post, unread ones with an exclamation mark. */
const seen = (inbox: ShownInbox | undefined) =>
  inbox &&
  `${inbox.unreadCount}: ${inbox.items.map(({ title, readAt }) => title.split(' ')[0] + (readAt ? '' : '!')).join(' ')}`

const like = ({ userId }: Person, who: string) =>
  send(carillon, { template: 'social.like', audience: { userIds: [userId] }, data: { who }, channels: ['IN_APP'] })

/** On another device of hers. */
const idOf = async ({ token }: Person, who: string) => {
  const { viewer } = await ask(carillon, token, InboxDocument, {})
  return viewer.inbox.nodes.find(({ title }) => title.startsWith(who))?.id ?? ''
}

const clients: readonly (readonly [name: string, openInbox: OpenInbox])[] = [
  ['graphql-ws', overGraphqlWs],
  ['Apollo Client', overApollo],
  ['urql', overUrql],
  ['graphql-sse', overGraphqlSse],
  ['carillon-client', overCarillonClient],
]

it.each(clients)(
  '%s: query, subscribe, miss, resume and mutate, and nothing is asked for twice',
  async (_name, openInbox) => {
    const person = await aPerson(carillon)
    const wire = await aWire(carillon.demo.gateway)
    const shown: ShownInbox[] = []
    const sees = (what: string) => expect.poll(() => seen(shown.at(-1)), patience).toBe(what)

    await like(person, 'Ada')
    await expect.poll(() => idOf(person, 'Ada'), patience).not.toBe('')
    const inbox = openInbox({
      url: `${wire.url}/graphql`,
      token: async () => person.token,
      show: (now) => shown.push(now),
    })
    await sees('1: Ada!')
    await expect.poll(() => wire.events.length, patience).toBe(1)

    await like(person, 'Bruno')
    await sees('2: Bruno! Ada!')

    wire.cut()
    await like(person, 'Chiara')
    await expect.poll(() => idOf(person, 'Chiara'), patience).not.toBe('')
    await ask(carillon, person.token, MarkReadDocument, { ids: [await idOf(person, 'Ada')] })
    expect(seen(shown.at(-1))).toBe('2: Bruno! Ada!')
    wire.mend()
    await sees('2: Chiara! Bruno! Ada')

    await inbox.markRead(await idOf(person, 'Bruno'))
    await sees('1: Chiara! Bruno Ada')
    expect((await ask(carillon, person.token, InboxDocument, {})).viewer.unreadCount).toBe(1)

    await expect.poll(() => wire.events.at(-1)?.[0], patience).toBe('InboxItemsChanged')
    const changes = wire.events.filter(([type]) => type !== 'InboxReady')
    expect(changes.map(([type]) => type)).toEqual([
      'InboxItemAdded',
      'InboxItemAdded',
      'InboxItemsChanged',
      'InboxItemsChanged',
    ])
    expect(new Set(changes.map(([, cursor]) => cursor)).size).toBe(4)
    const names = wire.sent.map(({ name }) => name)
    expect(names.filter((name) => name !== 'InboxEvents')).toEqual(['Inbox', 'MarkRead'])
    expect(wire.sent.filter(({ name }) => name === 'InboxEvents').at(-1)?.variables).toMatchObject({
      after: changes[0]?.[1],
    })
    inbox.close()
    await wire.close()
  },
)
