import { ApolloClient, InMemoryCache } from '@apollo/client'
import { GraphQLWsLink } from '@apollo/client/link/subscriptions'
import { InboxDocument, InboxEventsDocument, MarkReadDocument } from './generated/operations.ts'
import type { OpenInbox } from './open-inbox.ts'
import { socket } from './socket.ts'

/** Of the fragments in our operations; a plugin of GraphQL Code Generator makes it for a whole schema. */
const possibleTypes = { InboxItemsResult: ['InboxItemsPayload', 'InvalidInput'] }

/**
 * Apollo Client: what events and mutations return is the same `Viewer` as in the query, so its cache has badge and list
 * up to date by itself. Nothing is asked for twice, and nothing is written to the cache by hand.
 */
export const openInbox: OpenInbox = ({ url, token, show }) => {
  const ws = socket({ url, token })
  const client = new ApolloClient({ link: new GraphQLWsLink(ws), cache: new InMemoryCache({ possibleTypes }) })

  const watching = client.watchQuery({ query: InboxDocument }).subscribe(({ data, dataState }) => {
    if (dataState !== 'complete') return
    const { unreadCount, unreadByCategory, inbox } = data.viewer
    show({ unreadCount, unreadByCategory, items: inbox.nodes })
  })
  const events = client
    .query({ query: InboxDocument })
    .then(({ data }) =>
      client
        .subscribe({ query: InboxEventsDocument, variables: { after: data?.viewer.inbox.eventsCursor ?? null } })
        .subscribe({ error: console.error }),
    )
  events.catch(console.error)

  return {
    async markRead(id) {
      await client.mutate({ mutation: MarkReadDocument, variables: { ids: [id] } })
    },
    close() {
      watching.unsubscribe()
      events.then((subscription) => subscription.unsubscribe()).catch(() => {})
      client.stop()
      void ws.dispose()
    },
  }
}
