import {
  commitMutation,
  createOperationDescriptor,
  Environment,
  type GraphQLResponse,
  Network,
  Observable,
  RecordSource,
  type RequestParameters,
  requestSubscription,
  Store,
  type Variables,
} from 'relay-runtime'
import eventsSubscription, {
  type relayInboxEventsSubscription,
} from './generated/relay/relayInboxEventsSubscription.graphql.ts'
import inboxQuery, { type relayInboxQuery$data } from './generated/relay/relayInboxQuery.graphql.ts'
import markReadMutation, { type relayMarkReadMutation } from './generated/relay/relayMarkReadMutation.graphql.ts'
import type { OpenInbox } from './open-inbox.ts'
import { socket } from './socket.ts'

/**
 * Relay: what events and mutations return is the same `Viewer` as in the query, so the store has badge and list up to date
 * by itself. No updater is written. In a React application hooks do what is done here with the environment.
 */
export const openInbox: OpenInbox = ({ url, token, show }) => {
  const ws = socket({ url, token })
  const ask = ({ text }: RequestParameters, variables: Variables) =>
    Observable.create<GraphQLResponse>((sink) =>
      ws.subscribe(
        { query: text ?? '', variables },
        {
          next: (result) => sink.next(result as GraphQLResponse),
          error: (error) => sink.error(error instanceof Error ? error : new Error(JSON.stringify(error))),
          complete: () => sink.complete(),
        },
      ),
    )
  const environment = new Environment({ network: Network.create(ask, ask), store: new Store(new RecordSource()) })

  const query = createOperationDescriptor(inboxQuery, {})
  const kept = environment.retain(query)
  const shown = environment.lookup(query.fragment)
  const watching = environment.subscribe(shown, ({ data }) => showViewer(data as unknown as relayInboxQuery$data))
  function showViewer({ viewer }: relayInboxQuery$data): void {
    const { unreadCount, unreadByCategory, inbox } = viewer
    const items = inbox.nodes.map(({ id, title, readAt }) => ({ id, title, readAt: readAt ?? null }))
    show({ unreadCount, unreadByCategory, items })
  }

  async function start() {
    await environment.execute({ operation: query }).toPromise()
    const { viewer } = environment.lookup(query.fragment).data as unknown as relayInboxQuery$data
    return requestSubscription<relayInboxEventsSubscription>(environment, {
      subscription: eventsSubscription,
      variables: { after: viewer.inbox.eventsCursor },
      onError: console.error,
    })
  }
  const events = start()
  events.catch(console.error)

  return {
    markRead: (id) =>
      new Promise((resolve, reject) => {
        commitMutation<relayMarkReadMutation>(environment, {
          mutation: markReadMutation,
          variables: { ids: [id] },
          onCompleted: ({ markRead }) =>
            markRead.__typename === 'InvalidInput' ? reject(new Error(markRead.message)) : resolve(),
          onError: reject,
        })
      }),
    close() {
      watching.dispose()
      kept.dispose()
      events.then((subscription) => subscription.dispose()).catch(() => {})
      void ws.dispose()
    },
  }
}
