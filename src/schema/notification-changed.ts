import { isDeepStrictEqual } from 'node:util'
import { GraphQLError } from 'graphql'
import type { Notification as NotificationShape } from '../domain/notification.ts'
import { notificationChanged } from '../streams/messages.ts'
import { builder } from './builder.ts'
import { changeFlag } from './change-flag.ts'
import type { Context } from './context.ts'
import { findOwn, funnelNow, Notification } from './notification.ts'
import { untilLeft } from './until-left.ts'

builder.subscriptionField('notificationChanged', (t) =>
  t.field({
    type: Notification,
    authScopes: { caller: true },
    description: 'The notification now, and whenever its state or funnel has changed: at most once a second.',
    args: { id: t.arg.id({ required: true }) },
    subscribe: (_root, { id }, context) => untilLeft((left) => changesOf(id, context, left)),
    resolve: (notification) => notification,
  }),
)

async function* changesOf(
  id: string,
  context: Context,
  left: AbortSignal,
): AsyncGenerator<NotificationShape, undefined> {
  const changes = changeFlag(left)
  const stopListening = context.app.streams.listen(notificationChanged, id, changes.raise)
  try {
    let shown: unknown
    while (!left.aborted) {
      const notification = await findOwn(id, context)
      if (notification === null) {
        throw new GraphQLError(`There is no notification "${id}".`, { extensions: { code: 'NOT_FOUND' } })
      }
      const funnel = await funnelNow(notification, context.app)
      const now = [notification.state, funnel]
      if (!isDeepStrictEqual(now, shown)) yield { ...notification, funnel, reported: {} }
      shown = now
      await changes.next()
    }
    return undefined
  } finally {
    stopListening()
  }
}
