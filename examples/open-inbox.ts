/** What each example does with another client: shows an inbox, keeps it up to date, and marks items as read. */
export type OpenInbox = (options: OpenInboxOptions) => OpenedInbox

export interface OpenInboxOptions {
  /** `https://notify.example.com/graphql` */
  readonly url: string
  /** Asks your server for the user's token: again whenever there is a new connection. */
  readonly token: () => Promise<string>
  /** Draws what there is now. */
  readonly show: (inbox: ShownInbox) => void
}

export interface ShownInbox {
  readonly unreadCount: number
  /** The categories that have unread items, the fullest first. */
  readonly unreadByCategory: readonly { readonly category: string; readonly count: number }[]
  /** Newest first. */
  readonly items: readonly ShownItem[]
}

export interface ShownItem {
  readonly id: string
  readonly title: string
  readonly readAt: string | null
}

export interface OpenedInbox {
  markRead(id: string): Promise<void>
  close(): void
}
