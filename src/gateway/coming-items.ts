import type { InboxItem } from '../domain/inbox-item.ts'
import type { Decided } from './broadcast-fates.ts'

/** The items that somebody's inbox is about to get, behind its head's sequence, as they will be. */
export function comingItems(userId: string, headSeq: number, { broadcasts, fates }: Decided): readonly InboxItem[] {
  const common = new Map(broadcasts.map((each) => [each.number, each]))
  return fates
    .flatMap(({ number, content }) => {
      const broadcast = common.get(number)
      return broadcast && content ? [{ broadcast, content }] : []
    })
    .map(({ broadcast, content }, n) => {
      const { notificationId, tier, category, data, sentAt } = broadcast
      const { title, body, imageUrl = null, deepLink = null, actions } = content
      const seq = headSeq + n + 1
      return {
        ...{
          userId,
          notificationId,
          createdSeq: seq,
          changedSeq: seq,
          tier,
          category,
          title,
          body,
          imageUrl,
          deepLink,
        },
        ...{ actions, data, sentAt, readAt: null, archivedAt: null },
      }
    })
}
