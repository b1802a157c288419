import { pageSize } from './notification.ts'

/** The pages of a campaign are half a second of its pace, so that it can be stopped, and seen to go on, as often. */
export function pageLimit(perSecond: number): number {
  return Math.min(pageSize, Math.ceil(perSecond / 2))
}

/** What a campaign is behind its pace by more than this is not made up for: it would come as a blast. */
const madeUpForMs = 1000

/**
 * When the page after one of so many recipients is due. Counted from when that one was due, not from when it was made:
 * the pace holds, whatever the way of a page takes.
 */
export function nextPageAt(dueAt: Date | null, recipients: number, perSecond: number, now: Date): Date {
  const from = Math.max(dueAt?.getTime() ?? now.getTime(), now.getTime() - madeUpForMs)
  return new Date(from + (recipients / perSecond) * 1000)
}

export interface Going {
  readonly recipientCount: number | null
  readonly processed: number
  readonly perSecond: number
  /** Recipients a second of late; null: there is nothing yet to tell it from. */
  readonly ratePerSecond: number | null
  /** When the last of its parts falls due; null: it has none. */
  readonly lastPartAt: Date | null
}

/** When its last recipient will have been decided, if it goes on as it does; null where nobody can tell. */
export function estimatedEnd(going: Going, now: Date): Date | null {
  const { recipientCount, processed, perSecond, ratePerSecond, lastPartAt } = going
  if (recipientCount === null) return null
  const rate = Math.min(ratePerSecond || perSecond, perSecond)
  const leftMs = (Math.max(recipientCount - processed, 0) / rate) * 1000
  return new Date(Math.max(now.getTime() + leftMs, lastPartAt?.getTime() ?? 0))
}
