import type { Marks } from './log-months.ts'

export const inboxMarks = ['markRead', 'markUnread', 'archive', 'unarchive'] as const
export type InboxMark = (typeof inboxMarks)[number]

/** What a mark makes of an item; undefined where it is marked already. */
export function marked(mark: InboxMark, { readAt, archivedAt }: Marks, now: Date): Marks | undefined {
  switch (mark) {
    case 'markRead':
      return readAt === null ? { readAt: now, archivedAt } : undefined
    case 'markUnread':
      return readAt === null ? undefined : { readAt: null, archivedAt }
    case 'archive':
      return archivedAt === null ? { readAt, archivedAt: now } : undefined
    case 'unarchive':
      return archivedAt === null ? undefined : { readAt, archivedAt: null }
  }
}
