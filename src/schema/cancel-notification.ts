import type { Notification as NotificationShape } from '../domain/notification.ts'
import { NotFound, WrongState } from '../errors.ts'
import { cancelNotification } from '../store/cancel.ts'
import { notificationChanged } from '../streams/messages.ts'
import { builder } from './builder.ts'
import { findOwn, Notification } from './notification.ts'

const CancelNotificationPayload = builder
  .objectRef<{ readonly notification: NotificationShape }>('CancelNotificationPayload')
  .implement({ fields: (t) => ({ notification: t.expose('notification', { type: Notification }) }) })

builder.mutationField('cancelNotification', (t) =>
  t.field({
    type: CancelNotificationPayload,
    errors: { types: [NotFound, WrongState], union: { name: 'CancelNotificationResult' } },
    authScopes: { caller: true },
    description:
      "One of the caller's own. What no provider has been asked to take is not sent any more; inbox items stay, and followers of an actor with very many who have not shown up get none.",
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, context) => {
      const { database, streams } = context.app
      if ((await findOwn(id, context)) === null) throw new NotFound('notification', id)
      const cancelled = await cancelNotification(database.pool, id)
      if (cancelled === undefined) {
        const now = await findOwn(id, context)
        throw new WrongState(`Notification "${id}"`, now?.state ?? 'DONE')
      }
      streams.signal(notificationChanged, id, { notificationId: id })
      return { notification: cancelled }
    },
  }),
)
