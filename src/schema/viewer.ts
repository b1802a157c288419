import type { Principal } from '../domain/principal.ts'
import { devicesOf } from '../store/devices.ts'
import type { CategoryCount as CategoryCountShape } from '../store/inbox.ts'
import { preferencesOf } from '../store/preferences.ts'
import { builder } from './builder.ts'
import { pageArgs } from './connection.ts'
import type { App } from './context.ts'
import { Device } from './device.ts'
import { InboxConnection, inboxConnection } from './inbox-connection.ts'
import { userIdOfNode, userNodeId } from './node-ids.ts'
import { Preferences } from './preferences.ts'

export interface ViewerShape {
  readonly userId: string
  /** Where it is known already. */
  readonly unread?: number | undefined
}

const CategoryCount = builder.objectRef<CategoryCountShape>('CategoryCount').implement({
  fields: (t) => ({ category: t.exposeString('category'), count: t.exposeInt('count') }),
})

export const Viewer = builder.objectRef<ViewerShape>('Viewer')

builder.node(Viewer, {
  id: { resolve: (viewer) => userNodeId(viewer.userId) },
  description: 'The user whose token this is.',
  loadOne: (id, { principal }) =>
    principal.kind === 'viewer' && principal.userId === userIdOfNode(id) ? viewerOf(principal) : null,
  fields: (t) => ({
    userId: t.exposeID('userId'),
    unreadCount: t.int({
      description: 'Exact. Archived items do not count.',
      resolve: async ({ userId, unread }, _args, { app }) => unread ?? (await unreadCount(userId, app)),
    }),
    unreadByCategory: t.field({
      type: [CategoryCount],
      description: 'The categories that have unread items, the fullest first.',
      resolve: async ({ userId }, _args, { app }) => {
        await app.broadcasts.arrive(userId)
        return [...(await app.database.log.countUnreadByCategory(userId))]
      },
    }),
    inbox: t.field({
      type: InboxConnection,
      description: 'Newest first.',
      args: {
        ...pageArgs(t.arg),
        unreadOnly: t.arg.boolean({ required: true, defaultValue: false }),
        category: t.arg.string(),
        archived: t.arg.boolean({
          required: true,
          defaultValue: false,
          description: 'The archived items instead of the others.',
        }),
      },
      resolve: ({ userId }, args, { app }) => inboxConnection(userId, args, app),
    }),
    preferences: t.field({
      type: Preferences,
      resolve: ({ userId }, _args, { app }) => preferencesOf(app.database, userId),
    }),
    devices: t.field({
      type: [Device],
      description: 'Active and inactive, newest first.',
      resolve: ({ userId }, _args, { app }) => devicesOf(app.database, userId),
    }),
  }),
})

async function unreadCount(userId: string, { broadcasts, database }: App): Promise<number> {
  const { found, coming } = await broadcasts.ahead(userId, async () => {
    const { behind, ...head } = await database.log.readInboxHead(userId)
    return { head, behind }
  })
  return found.head.unread + coming.length
}

builder.queryField('viewer', (t) =>
  t.field({
    type: Viewer,
    authScopes: { viewer: true },
    description: 'You.',
    resolve: (_root, _args, { principal }) => viewerOf(principal),
  }),
)

/** Whoever asks, where `authScopes` has let none but viewers through. */
export function viewerOf(principal: Principal): ViewerShape {
  if (principal.kind !== 'viewer') throw new Error(`A ${principal.kind} has got where only viewers may be.`)
  return { userId: principal.userId }
}
