import type { Facts } from './facts.ts'
import type { Violation } from './oracle.ts'

/** Each inbox holds what was asked for, its count is that of its rows, and its sequence has no holes. */
export function inboxViolations({ asked, keys, inboxItems, inboxHeads }: Facts): Violation[] {
  const wanted = new Set(
    asked
      .filter(({ channels }) => channels.includes('IN_APP'))
      .flatMap(({ key, recipients }) => recipients.map((userId) => `${keys.get(key)} ${userId}`)),
  )
  const strangers = inboxItems.filter(({ userId, notificationId }) => !wanted.has(`${notificationId} ${userId}`))
  const items = Map.groupBy(inboxItems, ({ userId }) => userId)
  const headless = [...items.keys()].filter((userId) => !inboxHeads.some((head) => head.userId === userId))
  return [
    ...strangers.map(({ userId, notificationId }) => broken(`${userId} has ${notificationId}, which was not for her`)),
    ...headless.map((userId) => broken(`${userId} has items and no head`)),
    ...inboxHeads.flatMap(({ userId, seq, unread }) => {
      const own = items.get(userId) ?? []
      const unreadRows = own.filter((item) => item.unread).length
      const isDense = own.length === seq && new Set(own.map(({ createdSeq }) => createdSeq)).size === seq
      return [
        ...(unreadRows === unread ? [] : [broken(`${userId} counts ${unread} unread of ${unreadRows}`)]),
        ...(isDense ? [] : [broken(`${userId} is at ${seq} with ${own.length} items`)]),
      ]
    }),
  ]
}

function broken(what: string): Violation {
  return { rule: 'inbox', what }
}
