import { isNotificationId } from './ids.ts'

/** A month of UTC as partitions are named by it: 202611. */
export type Month = number

/** What an inbox has in a month. */
export interface InboxMonth {
  readonly month: Month
  /** The first sequence that is in it; it has all up to the first one of the next. */
  readonly firstSeq: number
  /** Neither read nor archived. */
  readonly unread: number
  /** Not read, but archived. */
  readonly hidden: number
  /** Archived, read or not. */
  readonly archived: number
}

export function monthOf(at: Date): Month {
  return at.getUTCFullYear() * 100 + at.getUTCMonth() + 1
}

export function monthBefore(month: Month): Month {
  return month % 100 === 1 ? month - 89 : month - 1
}

/** The first instant after it. */
function endOfMonth(month: Month): Date {
  return new Date(Date.UTC(Math.floor(month / 100), month % 100, 1))
}

const crockford = '0123456789abcdefghjkmnpqrstvwxyz'

/** When it was accepted, as its id says; 0 for an id that says nothing. */
export function monthOfNotification(notificationId: string): Month {
  if (!isNotificationId(notificationId)) return 0
  let ms = 0
  for (const letter of notificationId.slice(4, 14)) ms = ms * 32 + crockford.indexOf(letter)
  return monthOf(new Date(ms))
}

/** Months as long ago as that have gone, with all that was in them. */
export function oldestMonth(now: Date, retentionMs: number): Month {
  return monthOf(new Date(now.getTime() - retentionMs))
}

/** For how many seconds what is in a month is kept: all of it goes together. */
export function secondsLeft(month: Month, now: Date, retentionMs: number): number {
  return Math.max(1, Math.ceil((endOfMonth(month).getTime() + retentionMs - now.getTime()) / 1000))
}

/** The months of an inbox after a change now, with this sequence: never back, even where a clock was. */
export function withChange(months: readonly InboxMonth[], seq: number, month: Month): readonly InboxMonth[] {
  const last = months.at(-1)
  if (last !== undefined && last.month >= month) return months
  return [...months, { month, firstSeq: seq, unread: 0, hidden: 0, archived: 0 }]
}

export interface Marks {
  readonly readAt: Date | null
  readonly archivedAt: Date | null
}

/** The counts of a month when one of its items goes from one state to another. */
export function recount(counted: InboxMonth, before: Marks, after: Marks): InboxMonth {
  const change = (is: (marks: Marks) => boolean) => Number(is(after)) - Number(is(before))
  return {
    ...counted,
    unread: counted.unread + change(isUnread),
    hidden: counted.hidden + change(({ readAt, archivedAt }) => readAt === null && archivedAt !== null),
    archived: counted.archived + change(({ archivedAt }) => archivedAt !== null),
  }
}

export function isUnread({ readAt, archivedAt }: Marks): boolean {
  return readAt === null && archivedAt === null
}
