import type { Audience } from './notification.ts'

/**
 * - WRITE: each recipient gets rows of her own, page by page
 * - BROADCAST: one row; it becomes an inbox item of a follower when he shows up
 */
export const fanOuts = ['WRITE', 'BROADCAST'] as const
export type FanOut = (typeof fanOuts)[number]

export interface FanOutQuestion {
  readonly audience: Audience
  /** Of the actor whose followers it is for. */
  readonly followerCount: number
  /** More followers than this are not written to one by one. */
  readonly threshold: number
  /** What is secret is gone when the notification is done: nothing can be made of it for those who show up later. */
  readonly isSensitive: boolean
}

/** Which way a notification goes. Asked once, when it is accepted; campaigns have a pace of their own, and always WRITE. */
export function chooseFanOut({ audience, followerCount, threshold, isSensitive }: FanOutQuestion): FanOut {
  return 'followersOf' in audience && !isSensitive && followerCount > threshold ? 'BROADCAST' : 'WRITE'
}
