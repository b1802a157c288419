import { print } from 'graphql'
import {
  InboxHeadDocument,
  type InboxHeadQuery,
  InboxPageDocument,
  type InboxPageQuery,
  MarkReadDocument,
  type MarkReadMutation,
} from './generated/operations.ts'
import type { OpenInbox, ShownItem } from './open-inbox.ts'

/**
 * Plain requests, where nothing stays connected: asks whether anything has changed, and for the newest items when it has.
 * 5,000 ms is often enough for a badge.
 *
 * `eventsCursor` is another one after any change, and it is that of the very state that it comes with: whoever asks again
 * until it stays the same has missed nothing, however long he was away.
 */
export const pollingEvery =
  (everyMs: number): OpenInbox =>
  ({ url, token, show }) => {
    let cursor: string | undefined
    let newest: string | undefined
    let timer: ReturnType<typeof setTimeout> | undefined
    let isClosed = false

    async function ask<Data>(query: string, variables: object = {}): Promise<Data> {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${await token()}` }
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) })
      const { data, errors } = await response.json()
      if (data && !errors) return data
      throw new Error(errors?.[0]?.message)
    }

    async function poll(): Promise<void> {
      if (cursor !== undefined) {
        const { viewer } = await ask<InboxHeadQuery>(print(InboxHeadDocument))
        if (viewer.inbox.eventsCursor === cursor) return
      }
      const { viewer } = await ask<InboxPageQuery>(print(InboxPageDocument))
      const items = [...viewer.inbox.nodes, ...(await itemsSince(newest, viewer.inbox))]
      // The cursor of the first page: what has changed while the others came is found by the next poll.
      cursor = viewer.inbox.eventsCursor
      newest = items[0]?.id
      const { unreadCount, unreadByCategory } = viewer
      show({ unreadCount, unreadByCategory, items })
    }

    /** Items behind a page, until one comes that was there before: so many may have come since. */
    async function itemsSince(
      known: string | undefined,
      page: InboxPageQuery['viewer']['inbox'],
    ): Promise<ShownItem[]> {
      const { nodes, pageInfo } = page
      if (known === undefined || !pageInfo.hasNextPage || nodes.some(({ id }) => id === known)) return []
      const { viewer } = await ask<InboxPageQuery>(print(InboxPageDocument), { after: pageInfo.endCursor })
      return [...viewer.inbox.nodes, ...(await itemsSince(known, viewer.inbox))]
    }

    async function keepPolling(): Promise<void> {
      await poll().catch((error) => isClosed || console.error(error))
      if (!isClosed) timer = setTimeout(keepPolling, everyMs)
    }
    void keepPolling()

    return {
      async markRead(id) {
        const { markRead } = await ask<MarkReadMutation>(print(MarkReadDocument), { ids: [id] })
        if (markRead.__typename === 'InvalidInput') throw new Error(markRead.message)
        await poll()
      },
      close() {
        isClosed = true
        clearTimeout(timer)
      },
    }
  }
