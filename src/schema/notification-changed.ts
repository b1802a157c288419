import { isDeepStrictEqual } from 'node:util'
import { GraphQLError } from 'graphql'
import type { Notification as NotificationShape } from '../domain/notification.ts'
import { notificationChanged } from '../streams/messages.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { findOwn, funnelNow, Notification } from './notification.ts'

/** At most one event in this time, so that a campaign does not flood its spectators. */
const atMostEveryMs = 1000
/** A signal can be lost: then the change is seen this much later. */
const lookAgainMs = 10_000

builder.subscriptionField('notificationChanged', (t) =>
  t.field({
    type: Notification,
    authScopes: { caller: true },
    description: 'The notification now, and whenever its state or funnel has changed: at most once a second.',
    args: { id: t.arg.id({ required: true }) },
    subscribe: (_root, { id }, context) => changesOf(id, context),
    resolve: (notification) => notification,
  }),
)

async function* changesOf(id: string, context: Context): AsyncGenerator<NotificationShape> {
  const changed = changeFlag()
  const stopListening = context.app.streams.listen(notificationChanged, id, changed.raise)
  try {
    let shown: unknown
    for (;;) {
      const notification = await findOwn(id, context)
      if (notification === null) {
        throw new GraphQLError(`There is no notification "${id}".`, { extensions: { code: 'NOT_FOUND' } })
      }
      const funnel = await funnelNow(notification, context.app)
      const now = [notification.state, funnel]
      if (!isDeepStrictEqual(now, shown)) yield { ...notification, funnel }
      shown = now
      await Promise.all([changed.raised(), pause(atMostEveryMs)])
    }
  } finally {
    stopListening()
  }
}

/** Remembers that something has changed until somebody asks. */
function changeFlag() {
  let isUp = false
  let wake: (() => void) | undefined
  return {
    raise: () => {
      isUp = true
      wake?.()
    },
    /** Resolves when the flag is up, or after a while all the same, and lowers it. */
    async raised(): Promise<void> {
      if (!isUp) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, lookAgainMs).unref()
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      wake = undefined
      isUp = false
    },
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref())
}
