import { expect, inject, it } from 'vitest'
import { openInbox as overApollo } from '../../examples/apollo.ts'
import { openInbox as overCarillonClient } from '../../examples/carillon-client.ts'
import { openInboxOverOneConnection, openInbox as overGraphqlSse } from '../../examples/graphql-sse.ts'
import { openInbox as overGraphqlWs } from '../../examples/graphql-ws.ts'
import type { OpenInbox, ShownInbox } from '../../examples/open-inbox.ts'
import { openInbox as overRelay } from '../../examples/relay.ts'
import { openInbox as overUrql } from '../../examples/urql.ts'
import { openInbox as overGraphcache } from '../../examples/urql-graphcache.ts'
import { InboxDocument, MarkReadDocument } from '../generated/operations.ts'
import { ask } from '../setup/graphql.ts'
import { herInbox } from './her-inbox.ts'
import { aWire } from './wire.ts'

const carillon = inject('carillon')
const patience = { timeout: 20_000, interval: 20 }

/**
 * What she sees: `2 social.like 2: Chiara! Bruno! Ada`, the counts and who liked her post, unread ones with an exclamation
 * mark.
 */
const seen = (inbox: ShownInbox | undefined) =>
  inbox &&
  `${[inbox.unreadCount, ...inbox.unreadByCategory.map(({ category, count }) => `${category} ${count}`)].join(' ')}: ${inbox.items.map(({ title, readAt }) => title.split(' ')[0] + (readAt ? '' : '!')).join(' ')}`

const clients: readonly (readonly [name: string, openInbox: OpenInbox])[] = [
  ['graphql-ws', overGraphqlWs],
  ['Apollo Client', overApollo],
  ['urql', overUrql],
  ['urql with graphcache', overGraphcache],
  ['Relay', overRelay],
  ['graphql-sse', overGraphqlSse],
  ['graphql-sse over one connection', openInboxOverOneConnection],
  ['carillon-client', overCarillonClient],
]

it.each(clients)(
  '%s: query, subscribe, miss, resume and mutate, and nothing is asked for twice',
  async (_name, openInbox) => {
    const her = await herInbox(carillon)
    const wire = await aWire(carillon.demo.gateway)
    const shown: ShownInbox[] = []
    const sees = (what: string) => expect.poll(() => seen(shown.at(-1)), patience).toBe(what)

    await her.like('Ada')
    await her.idOf('Ada')
    const inbox = openInbox({
      url: `${wire.url}/graphql`,
      token: async () => her.token,
      show: (now) => shown.push(now),
    })
    await sees('1 social.like 1: Ada!')
    await expect.poll(() => wire.events.length, patience).toBe(1)

    await her.like('Bruno')
    await sees('2 social.like 2: Bruno! Ada!')

    wire.cut()
    await her.like('Chiara')
    await her.idOf('Chiara')
    await ask(carillon, her.token, MarkReadDocument, { ids: [await her.idOf('Ada')] })
    expect(seen(shown.at(-1))).toBe('2 social.like 2: Bruno! Ada!')
    wire.mend()
    await sees('2 social.like 2: Chiara! Bruno! Ada')

    await inbox.markRead(await her.idOf('Bruno'))
    await sees('1 social.like 1: Chiara! Bruno Ada')
    expect((await ask(carillon, her.token, InboxDocument, {})).viewer.unreadCount).toBe(1)

    const changesNow = () => wire.events.filter(([type]) => type !== 'InboxReady')
    await expect.poll(() => changesNow().length, patience).toBe(4)
    const changes = changesNow()
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
