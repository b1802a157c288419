import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { GraphQLError } from 'graphql'
import type { Notification as NotificationShape } from '../domain/notification.ts'
import { notificationChanged } from '../streams/messages.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { findOwn, funnelNow, Notification } from './notification.ts'
import { untilLeft } from './until-left.ts'

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
      await Promise.all([changes.next(), pause(atMostEveryMs, left)])
    }
    return undefined
  } finally {
    stopListening()
  }
}

/** Remembers that something has changed until somebody asks. */
function changeFlag(left: AbortSignal) {
  let waking = new AbortController()
  return {
    raise: () => waking.abort(),
    /** Resolves when something has changed since the last time, or after a while all the same. */
    async next(): Promise<void> {
      await pause(lookAgainMs, AbortSignal.any([left, waking.signal]))
      waking = new AbortController()
    },
  }
}

/** Waits, unless the signal says that nobody waits for it any more. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { signal }).catch(() => undefined)
}
