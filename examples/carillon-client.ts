// Outside of this repository: import { createInbox } from 'carillon-client'
import { createInbox } from '../web/client/index.ts'
import type { OpenInbox } from './open-inbox.ts'

/** Carillon's own client: it resumes, keeps the list in order, and shows what is changed here at once. */
export const openInbox: OpenInbox = ({ url, token, show }) => {
  const inbox = createInbox({ url, token, categories: true })
  inbox.subscribe(({ isLoaded, unreadCount, unreadByCategory, items }) => {
    const counts = Object.entries(unreadByCategory ?? {}).map(([category, count]) => ({ category, count }))
    if (isLoaded) show({ unreadCount, unreadByCategory: counts, items })
  })
  return {
    markRead: (id) => inbox.markRead([id]),
    close: inbox.close,
  }
}
