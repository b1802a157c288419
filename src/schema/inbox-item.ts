import type { Action as ActionShape } from '../domain/content.ts'
import { inboxItemId, parseInboxItemId } from '../domain/ids.ts'
import type { InboxItem as InboxItemShape } from '../domain/inbox-item.ts'
import type { Principal } from '../domain/principal.ts'
import { builder } from './builder.ts'
import type { App } from './context.ts'
import { Tier } from './words.ts'

const Action = builder.objectRef<ActionShape>('Action').implement({
  description: 'A button.',
  fields: (t) => ({
    id: t.exposeID('id'),
    title: t.exposeString('title'),
    deepLink: t.exposeString('deepLink', { nullable: true }),
  }),
})

export const InboxItem = builder.objectRef<InboxItemShape>('InboxItem')

builder.node(InboxItem, {
  id: { resolve: (item) => inboxItemId(item) },
  description: 'A notification as one viewer has it in the inbox.',
  loadOne: (id, { app, principal }) => findOwnItem(id, app, principal),
  fields: (t) => ({
    notificationId: t.exposeID('notificationId'),
    tier: t.expose('tier', { type: Tier }),
    category: t.exposeString('category'),
    title: t.exposeString('title'),
    body: t.exposeString('body'),
    imageUrl: t.exposeString('imageUrl', { nullable: true }),
    deepLink: t.exposeString('deepLink', { nullable: true }),
    actions: t.field({ type: [Action], resolve: (item) => [...item.actions] }),
    data: t.expose('data', {
      type: 'JSON',
      nullable: true,
      description: 'The data that the notification was sent with.',
    }),
    sentAt: t.expose('sentAt', { type: 'DateTime' }),
    readAt: t.expose('readAt', { type: 'DateTime', nullable: true, description: 'null: unread.' }),
    archivedAt: t.expose('archivedAt', { type: 'DateTime', nullable: true, description: 'null: not archived.' }),
  }),
})

/** To anybody but its viewer there is no such item. */
async function findOwnItem(
  id: string,
  { database, broadcasts }: App,
  principal: Principal,
): Promise<InboxItemShape | null> {
  const key = parseInboxItemId(id)
  if (key === undefined || principal.kind !== 'viewer' || key.userId !== principal.userId) return null
  const find = async () => (await database.log.findInboxItems(key.userId, [key.notificationId]))[0] ?? null
  const found = await find()
  if (found !== null) return found
  // It may have been shown to him, and be about to be stored.
  await broadcasts.arrive(key.userId)
  return find()
}
