import { Client } from '@urql/core'
import { cacheExchange } from '@urql/exchange-graphcache'
import { InboxDocument, InboxEventsDocument, MarkReadDocument } from './generated/operations.ts'
import type { OpenInbox } from './open-inbox.ts'
import { socket } from './socket.ts'
import { overSocket } from './urql-exchange.ts'

/**
 * urql with its normalised cache: what events and mutations return is the same `Viewer` as in the query, so whoever watches
 * the query sees badge and list up to date. Nothing is asked for twice, and no updater is written.
 */
export const openInbox: OpenInbox = ({ url, token, show }) => {
  const ws = socket({ url, token })
  const cache = cacheExchange({
    // They have no id: they are part of the viewer.
    keys: { CategoryCount: () => null, InboxConnection: () => null },
  })
  const client = new Client({ url, preferGetMethod: false, exchanges: [cache, overSocket(ws)] })

  let following: (() => void) | undefined
  const watching = client.query(InboxDocument, {}).subscribe(({ data, error }) => {
    if (error) console.error(error)
    if (!data) return
    const { unreadCount, unreadByCategory, inbox } = data.viewer
    show({ unreadCount, unreadByCategory, items: inbox.nodes })
    // The first answer is where the events go on from.
    following ??= client
      .subscription(InboxEventsDocument, { after: inbox.eventsCursor })
      .subscribe((event) => event.error && console.error(event.error)).unsubscribe
  })

  return {
    async markRead(id) {
      const { data, error } = await client.mutation(MarkReadDocument, { ids: [id] })
      if (data?.markRead.__typename !== 'InboxItemsPayload') throw error ?? new Error(data?.markRead.message)
    },
    close() {
      watching.unsubscribe()
      following?.()
      void ws.dispose()
    },
  }
}
