import { print } from 'graphql'
import {
  InboxDocument,
  InboxEventsDocument,
  type InboxEventsSubscription,
  type InboxQuery,
  MarkReadDocument,
  type MarkReadMutation,
  type ViewerInboxFragment,
} from './generated/operations.ts'
import type { OpenInbox } from './open-inbox.ts'
import { socket } from './socket.ts'

/** graphql-ws and nothing else: each answer and each event has the inbox as it is now. */
export const openInbox: OpenInbox = ({ url, token, show }) => {
  const client = socket({ url, token })
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
    client.subscribe<InboxEventsSubscription>(
      { query: print(InboxEventsDocument), variables: { after: viewer.inbox.eventsCursor } },
      { next: ({ data }) => data && showViewer(data.inboxEvents.viewer), error: console.error, complete: () => {} },
    )
  }
  start().catch(console.error)

  return {
    async markRead(id) {
      const { markRead } = await ask<MarkReadMutation>(print(MarkReadDocument), { ids: [id] })
      if (markRead.__typename === 'InvalidInput') throw new Error(markRead.message)
      showViewer(markRead.viewer)
    },
    close: () => void client.dispose(),
  }
}
