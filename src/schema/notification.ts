import { broadcastFunnel, countOf } from '../domain/broadcast.ts'
import { correctedFunnel } from '../domain/correction.ts'
import { funnelOf } from '../domain/funnel.ts'
import { isNotificationId } from '../domain/ids.ts'
import type { FunnelStage as FunnelStageShape, Notification as NotificationShape } from '../domain/notification.ts'
import type { notificationStates } from '../domain/words.ts'
import { readProgress } from '../store/funnel.ts'
import { findNotification, listNotifications } from '../store/notifications.ts'
import { builder } from './builder.ts'
import { badArgument, connection, connectionOf, decodeCursor, encodeCursor, pageArgs, pageSize } from './connection.ts'
import type { App, Context } from './context.ts'
import { isOwn, ownerSeenBy } from './own.ts'
import { shownUp } from './shown-up.ts'
import { Tier } from './words.ts'

const NotificationState = builder.enumType('NotificationState', {
  values: {
    SCHEDULED: { description: 'Accepted; it starts at `sendAt`.' },
    ACCEPTED: { description: 'Accepted; nobody has been looked up yet.' },
    FANNING_OUT: { description: 'Its audience is being expanded, page by page.' },
    DELIVERING: { description: 'Its audience is expanded; deliveries are under way.' },
    DONE: { description: 'Every delivery has come to its end.' },
    CANCELLED: {},
  } satisfies Record<(typeof notificationStates)[number], object>,
})

const FunnelStage = builder.objectRef<FunnelStageShape>('FunnelStage').implement({
  description: 'How many got how far. `accepted` and `fanned_out` count recipients, the other stages count deliveries.',
  fields: (t) => ({ stage: t.exposeString('stage'), count: t.exposeInt('count') }),
})

export const Notification = builder.objectRef<NotificationShape>('Notification')

builder.node(Notification, {
  id: { resolve: (notification) => notification.id },
  authScopes: { caller: true },
  description: 'What a caller asked for: template, data, audience, when.',
  loadOne: (id, context) => findOwn(id, context),
  fields: (t) => ({
    tier: t.expose('tier', { type: Tier }),
    category: t.exposeString('category'),
    template: t.exposeString('template', { description: 'The name of its template.' }),
    data: t.expose('data', {
      type: 'JSON',
      nullable: true,
      description: 'As it was sent; null where the template is sensitive.',
    }),
    state: t.expose('state', { type: NotificationState }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    sendAt: t.expose('sendAt', { type: 'DateTime', nullable: true }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'Past it nothing is sent any more.' }),
    recipientCount: t.int({
      description:
        'Expanded so far. Of what an actor with very many followers sends into inboxes: those who have shown up.',
      resolve: async (notification, _args, { app }) =>
        isForWhoShowsUp(notification) ? countOf(await shownUp(notification, app)) : notification.recipientCount,
    }),
    funnel: t.field({
      type: [FunnelStage],
      description: 'How many got how far, now.',
      resolve: async (notification, _args, { app }) => [...(await funnelNow(notification, app))],
    }),
  }),
})

const NotificationConnection = connectionOf('Notification', Notification)

builder.queryField('notification', (t) =>
  t.field({
    type: Notification,
    nullable: true,
    authScopes: { caller: true },
    description: "One of the caller's own; an administrator's: of anybody.",
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, context) => findOwn(id, context),
  }),
)

builder.queryField('notifications', (t) =>
  t.field({
    type: NotificationConnection,
    authScopes: { caller: true },
    description: "The caller's own, newest first; an administrator's: everybody's.",
    args: { tier: t.arg({ type: Tier }), category: t.arg.string(), ...pageArgs(t.arg) },
    resolve: async (_root, args, { app, principal }) => {
      const limit = pageSize(args)
      const rows = await listNotifications(app.database.pool, {
        callerId: ownerSeenBy(principal),
        tier: args.tier ?? undefined,
        category: args.category ?? undefined,
        before: idBehind(args.after),
        limit: limit + 1,
      })
      return connection(
        { rows: rows.slice(0, limit), hasNextPage: rows.length > limit },
        ({ id }) => encodeCursor([id]),
        args.after,
      )
    },
  }),
)

/** One that the caller may see; else null, as if it were not there. */
export async function findOwn(id: string, { app, principal }: Context): Promise<NotificationShape | null> {
  const found = isNotificationId(id) ? await findNotification(app.database.pool, id) : undefined
  return found !== undefined && isOwn(principal, found) ? found : null
}

/** The stored funnel of one that is done, else a fresh count; with what providers have told. */
export async function funnelNow(notification: NotificationShape, app: App): Promise<readonly FunnelStageShape[]> {
  const counted = notification.funnel ?? funnelOf(await readProgress(app.database.pool, notification))
  const corrected = correctedFunnel(counted, notification.reported ?? {})
  return isForWhoShowsUp(notification) ? broadcastFunnel(corrected, await shownUp(notification, app)) : corrected
}

function isForWhoShowsUp({ fanOut, channels }: NotificationShape): boolean {
  return fanOut === 'BROADCAST' && channels.includes('IN_APP')
}

function idBehind(cursor: string | null | undefined): string | undefined {
  const [id] = decodeCursor(cursor, 1) ?? []
  if (id !== undefined && !isNotificationId(id)) {
    throw badArgument('after', 'is not a cursor of this list: leave it out to start afresh')
  }
  return id
}
