import { print } from 'graphql'
import { type Client, createClient } from 'graphql-sse'
import {
  InboxDocument,
  InboxEventsDocument,
  type InboxEventsSubscription,
  type InboxQuery,
  MarkReadDocument,
  type MarkReadMutation,
  type ViewerInboxFragment,
} from './generated/operations.ts'
import type { OpenedInbox, OpenInbox, OpenInboxOptions } from './open-inbox.ts'

/** Server-sent events, where WebSockets do not get through: graphql-sse, a connection for each operation. */
export const openInbox: OpenInbox = (options) => open(createClient(reaching(options)), options)

/** The same over one connection for everything: browsers have six for each host over HTTP/1, for all tabs together. */
export const openInboxOverOneConnection: OpenInbox = (options) =>
  open(createClient({ ...reaching(options), singleConnection: true }), options)

function reaching({ url, token }: OpenInboxOptions) {
  return {
    url,
    headers: async () => ({ authorization: `Bearer ${await token()}` }),
    retryAttempts: Number.POSITIVE_INFINITY,
    async retry(retries: number) {
      const ms = Math.min(500 * 2 ** retries, 30_000) * (0.5 + Math.random() / 2)
      await new Promise((resolve) => setTimeout(resolve, ms))
    },
  }
}

function open(client: Client | Client<true>, { show }: OpenInboxOptions): OpenedInbox {
  const showViewer = ({ unreadCount, unreadByCategory, inbox }: ViewerInboxFragment) =>
    show({ unreadCount, unreadByCategory, items: inbox.nodes })

  async function ask<Data>(query: string, variables: Record<string, unknown> = {}): Promise<Data> {
    for await (const { data, errors } of client.iterate<Data>({ query, variables })) {
      if (data && !errors) return data
      throw new Error(errors?.[0]?.message)
    }
    throw new Error('The connection was closed.')
  }

  async function start(): Promise<void> {
    const { viewer } = await ask<InboxQuery>(print(InboxDocument))
    showViewer(viewer)
    let cursor = viewer.inbox.eventsCursor
    // The variables are sent as they are whenever it connects: it goes on after the last event that came.
    const variables = {
      get after() {
        return cursor
      },
    }
    client.subscribe<InboxEventsSubscription>(
      { query: print(InboxEventsDocument), variables },
      {
        next({ data }) {
          if (!data) return
          cursor = data.inboxEvents.cursor
          showViewer(data.inboxEvents.viewer)
        },
        error: console.error,
        complete: () => {},
      },
    )
  }
  start().catch(console.error)

  return {
    async markRead(id) {
      const { markRead } = await ask<MarkReadMutation>(print(MarkReadDocument), { ids: [id] })
      if (markRead.__typename === 'InvalidInput') throw new Error(markRead.message)
      showViewer(markRead.viewer)
    },
    close: () => client.dispose(),
  }
}
