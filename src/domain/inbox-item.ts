import type { Action } from './content.ts'
import type { Tier } from './words.ts'

export interface InboxItem {
  readonly userId: string
  readonly notificationId: string
  /** The head's sequence when it was added, and when it changed last. */
  readonly createdSeq: number
  readonly changedSeq: number
  readonly tier: Tier
  readonly category: string
  readonly title: string
  readonly body: string
  readonly imageUrl: string | null
  readonly deepLink: string | null
  readonly actions: readonly Action[]
  readonly data: unknown
  readonly sentAt: Date
  readonly readAt: Date | null
  readonly archivedAt: Date | null
}

/** An inbox after a change: how many changes it has seen, and its items that are neither read nor archived. */
export interface InboxHead {
  readonly seq: number
  readonly unread: number
}
