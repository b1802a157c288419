import { noCounts } from '../domain/funnel.ts'
import type { Notification } from '../domain/notification.ts'
import { commitPage, type NewPage } from '../store/pages.ts'
import { broadcastMade, fanOutMessage, notificationChanged } from '../streams/messages.ts'
import type { FanOutDeps } from './fan-out.ts'

/**
 * Makes the first page of a broadcast: nobody is on it. What is for the inbox is stored once, for the followers who show
 * up; what is for other channels goes to those who asked for it, on the pages behind this one.
 */
export async function makeBroadcast(
  { database, streams, now }: Pick<FanOutDeps, 'database' | 'streams' | 'now'>,
  notification: Notification,
): Promise<void> {
  const { id: notificationId, tier } = notification
  const page = firstPage(notification, now())
  const committed = await commitPage(database, page)
  if (committed === undefined) return
  if (committed.broadcast !== undefined) streams.signal(broadcastMade, undefined, { number: committed.broadcast })
  streams.signal(notificationChanged, notificationId, { notificationId })
  // What cannot be published falls due again.
  if (!page.isLast) {
    await streams.publish(fanOutMessage, { notificationId, tier, page: 1, generation: 0 }).catch(() => undefined)
  }
}

function firstPage(notification: Notification, madeAt: Date): NewPage {
  const { id: notificationId, audience, channels, sendAt, createdAt, expiresAt } = notification
  if (!('followersOf' in audience)) throw new Error('a broadcast that is not for followers')
  const isInTime = madeAt < expiresAt
  return {
    notificationId,
    number: 0,
    isLast: channels.every((channel) => channel === 'IN_APP') || !isInTime,
    cursor: null,
    recipientCount: 0,
    decided: { words: [], of: {} },
    counts: noCounts,
    inboxItems: [],
    slices: [],
    suppressions: [],
    deadLetters: [],
    broadcast:
      channels.includes('IN_APP') && isInTime
        ? { notificationId, actorId: audience.followersOf, sentAt: sendAt ?? createdAt, madeAt }
        : undefined,
  }
}
