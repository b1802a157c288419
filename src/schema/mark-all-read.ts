import { inboxChanged } from '../streams/messages.ts'
import { builder } from './builder.ts'
import type { App } from './context.ts'
import { Viewer, type ViewerShape, viewerOf } from './viewer.ts'

interface AllReadShape {
  readonly before: Date
  readonly viewer: ViewerShape
}

const MarkAllReadPayload = builder.objectRef<AllReadShape>('MarkAllReadPayload').implement({
  fields: (t) => ({
    before: t.expose('before', {
      type: 'DateTime',
      description: 'Every item that was sent until then is read: what you said, or now if that is earlier.',
    }),
    viewer: t.expose('viewer', { type: Viewer }),
  }),
})

builder.mutationField('markAllRead', (t) =>
  t.field({
    type: MarkAllReadPayload,
    authScopes: { viewer: true },
    description: 'Marks everything read that was sent until then, archived items too.',
    args: { before: t.arg({ type: 'DateTime', description: 'Default: now.' }) },
    resolve: (_root, { before }, { app, principal }) => markAllRead(viewerOf(principal), before ?? undefined, app),
  }),
)

async function markAllRead(viewer: ViewerShape, asked: Date | undefined, app: App): Promise<AllReadShape> {
  const { userId } = viewer
  const now = app.now()
  // What is yet to come cannot have been read.
  const before = asked && asked < now ? asked : now
  await app.broadcasts.arrive(userId)
  const head = await app.database.log.markInboxAllRead(userId, before, now)
  if (head) app.streams.signal(inboxChanged, userId, { userId, ...head, allReadBefore: before.toISOString() })
  return { before, viewer: { userId, unread: head?.unread } }
}
