import { accountOf, type Step } from '../domain/account.ts'
import { isStorableText } from '../domain/json-value.ts'
import type { Notification } from '../domain/notification.ts'
import { channels } from '../domain/words.ts'
import { readDecisions } from '../store/decisions.ts'
import { listDeliveries } from '../store/deliveries.ts'
import { isInAudience } from '../store/in-audience.ts'
import { builder } from './builder.ts'
import type { App } from './context.ts'
import { Decision } from './decision.ts'
import { explainBroadcast } from './explain-broadcast.ts'
import { findOwn } from './notification.ts'

const Explanation = builder
  .objectRef<{ readonly recipientId: string; readonly decisions: readonly Step[] }>('Explanation')
  .implement({
    description: 'Why a recipient did or did not get a notification.',
    fields: (t) => ({
      recipientId: t.exposeID('recipientId'),
      decisions: t.field({
        type: [Decision],
        description: 'Oldest first. None: she has not been decided yet.',
        resolve: ({ decisions }) => [...decisions],
      }),
    }),
  })

builder.queryField('explainDelivery', (t) =>
  t.field({
    type: Explanation,
    nullable: true,
    authScopes: { caller: true },
    description:
      "What was decided for one recipient on each channel, and what happened since. Null where the notification is not the caller's, or not for her.",
    args: { notificationId: t.arg.id({ required: true }), recipientId: t.arg.id({ required: true }) },
    resolve: async (_root, { notificationId, recipientId }, context) => {
      const notification = isStorableText(recipientId) ? await findOwn(notificationId, context) : null
      if (notification === null) return null
      const decisions = await explain(context.app, notification, recipientId)
      return decisions && { recipientId, decisions }
    },
  }),
)

/** null: it is not for her. */
async function explain(app: App, notification: Notification, recipientId: string): Promise<readonly Step[] | null> {
  const { database } = app
  const { id: notificationId } = notification
  const [decisions, listed] = await Promise.all([
    readDecisions(database.pool, notificationId, recipientId),
    listDeliveries(database, notificationId, { recipientId }, undefined, channels.length),
  ])
  const deliveries = listed.map(({ delivery }) => delivery)
  const attempts = await database.log.readAttempts(deliveries)
  const soFar = deliveries.map((delivery, index) => ({ ...delivery, attempts: attempts[index] ?? [] }))
  if (notification.fanOut === 'BROADCAST') {
    const inbox = deliveries.find(({ channel }) => channel === 'IN_APP')
    const more = await explainBroadcast(app, notification, recipientId, { isPaged: decisions !== undefined, inbox })
    return more ? [...more.steps, ...accountOf([...(decisions ?? []), ...more.decisions], soFar)] : null
  }
  const steps = accountOf(decisions ?? [], soFar)
  return steps.length > 0 || (await isInAudience(database.pool, notification, recipientId)) ? steps : null
}
