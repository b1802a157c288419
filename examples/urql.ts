import { Client } from '@urql/core'
import {
  InboxDocument,
  InboxEventsDocument,
  MarkReadDocument,
  type ViewerInboxFragment,
} from './generated/operations.ts'
import type { OpenInbox } from './open-inbox.ts'
import { socket } from './socket.ts'
import { overSocket } from './urql-exchange.ts'

/** urql without a normalised cache: each answer and each event has the inbox as it is now. */
export const openInbox: OpenInbox = ({ url, token, show }) => {
  const ws = socket({ url, token })
  const client = new Client({ url, preferGetMethod: false, exchanges: [overSocket(ws)] })
  const showViewer = ({ unreadCount, unreadByCategory, inbox }: ViewerInboxFragment) =>
    show({ unreadCount, unreadByCategory, items: inbox.nodes })

  async function start(): Promise<() => void> {
    const { data, error } = await client.query(InboxDocument, {})
    if (!data) throw error
    showViewer(data.viewer)
    const events = client.subscription(InboxEventsDocument, { after: data.viewer.inbox.eventsCursor })
    return events.subscribe((event) => event.data && showViewer(event.data.inboxEvents.viewer)).unsubscribe
  }
  const events = start()
  events.catch(console.error)

  return {
    async markRead(id) {
      const { data, error } = await client.mutation(MarkReadDocument, { ids: [id] })
      if (data?.markRead.__typename !== 'InboxItemsPayload') throw error ?? new Error(data?.markRead.message)
      showViewer(data.markRead.viewer)
    },
    close() {
      events.then((unsubscribe) => unsubscribe()).catch(() => {})
      void ws.dispose()
    },
  }
}
