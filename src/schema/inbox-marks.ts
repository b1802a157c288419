import { inboxIdProblems, ownNotificationIds } from '../domain/inbox-ids.ts'
import type { InboxItem as InboxItemShape } from '../domain/inbox-item.ts'
import type { InboxMark } from '../domain/inbox-marks.ts'
import { InvalidInput } from '../errors.ts'
import { inboxChanged, inboxRead } from '../streams/messages.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { InboxItem } from './inbox-item.ts'
import { Viewer, type ViewerShape, viewerOf } from './viewer.ts'

interface MarkedShape {
  readonly items: readonly InboxItemShape[]
  readonly viewer: ViewerShape
}

const InboxItemsPayload = builder.objectRef<MarkedShape>('InboxItemsPayload').implement({
  fields: (t) => ({
    items: t.field({
      type: [InboxItem],
      description: 'As they are now. Ids that are not yours are left out.',
      resolve: (payload) => [...payload.items],
    }),
    viewer: t.expose('viewer', { type: Viewer }),
  }),
})

const InboxItemsResult = builder.errorUnion('InboxItemsResult', {
  types: [InboxItemsPayload, InvalidInput],
  resolveType: () => 'InboxItemsPayload',
})

builder.mutationFields((t) => {
  const mark = (name: InboxMark, description: string) =>
    t.field({
      type: InboxItemsResult,
      authScopes: { viewer: true },
      description,
      args: { ids: t.arg.idList({ required: true, description: 'Ids of inbox items: 1 to 100.' }) },
      resolve: (_root, { ids }, context) => markItems(name, ids, context),
    })
  return {
    markRead: mark('markRead', 'Items that are read already keep the time at which they were.'),
    markUnread: mark('markUnread', 'As if these items had never been read.'),
    archive: mark('archive', 'Out of the inbox, and out of the unread count.'),
    unarchive: mark('unarchive', 'Back into the inbox.'),
  }
})

async function markItems(mark: InboxMark, ids: readonly string[], { app, principal }: Context): Promise<MarkedShape> {
  const { userId } = viewerOf(principal)
  const problems = inboxIdProblems(ids)
  if (problems.length > 0) throw new InvalidInput(problems)
  // The count that comes back has everything in it.
  await app.broadcasts.arrive(userId)
  const { items, head } = await app.database.log.markInboxItems(
    mark,
    userId,
    ownNotificationIds(ids, userId),
    app.now(),
  )
  if (head) app.streams.signal(inboxChanged, userId, { userId, ...head })
  if (head && (mark === 'markRead' || mark === 'archive')) {
    const notificationIds = items.map(({ notificationId }) => notificationId)
    app.streams.signal(inboxRead, undefined, { userId, notificationIds })
  }
  return { items, viewer: { userId, unread: head?.unread } }
}
