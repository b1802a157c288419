import type { Campaign as CampaignShape } from '../domain/campaign.ts'
import { estimatedEnd } from '../domain/campaign-pace.ts'
import { isCampaignId } from '../domain/ids.ts'
import type { CampaignState as CampaignStateWord } from '../domain/words.ts'
import { lastPartAt } from '../store/campaign-parts.ts'
import { findCampaign, listCampaigns, readRate } from '../store/campaigns.ts'
import { findNotification } from '../store/notifications.ts'
import { builder } from './builder.ts'
import { badArgument, connection, connectionOf, decodeCursor, encodeCursor, pageArgs, pageSize } from './connection.ts'
import type { App, Context } from './context.ts'
import { Notification } from './notification.ts'
import { isOwn, ownerSeenBy } from './own.ts'
import { Channel, Weekday } from './words.ts'

const CampaignState = builder.enumType('CampaignState', {
  values: {
    DRAFT: { description: 'Made; nothing happens until it is started.' },
    SCHEDULED: { description: 'Started; it begins at `startAt`.' },
    RUNNING: { description: 'Its recipients have their turns, or their deliveries are under way.' },
    PAUSED: { description: 'Nobody has a turn until it is resumed.' },
    DONE: { description: 'Every delivery has come to its end.' },
    CANCELLED: {},
  } satisfies Record<CampaignStateWord, object>,
})

const SendWindow = builder.objectRef<NonNullable<CampaignShape['sendWindow']>>('SendWindow').implement({
  description: 'From `start` until before `end`.',
  fields: (t) => ({
    start: t.exposeString('start'),
    end: t.exposeString('end'),
    days: t.field({
      type: [Weekday],
      description: 'The days on which the window begins.',
      resolve: ({ days }) => [...days],
    }),
  }),
})

export const Campaign = builder.objectRef<CampaignShape>('Campaign')

builder.node(Campaign, {
  id: { resolve: (campaign) => campaign.id },
  authScopes: { bulk: true },
  description: 'A bulk notification with a pace, which can be paused, resumed and cancelled while it goes out.',
  loadOne: (id, context) => findOwnCampaign(id, context),
  fields: (t) => ({
    name: t.exposeString('name'),
    state: t.expose('state', { type: CampaignState }),
    template: t.exposeString('template', { description: 'The name of its template, of which it keeps the version.' }),
    channels: t.field({ type: [Channel], resolve: ({ channels }) => [...channels] }),
    notification: t.field({
      type: Notification,
      nullable: true,
      description: 'What it sends, once it has been started.',
      resolve: async ({ notificationId }, _args, { app }) =>
        notificationId === null ? null : ((await findNotification(app.database.pool, notificationId)) ?? null),
    }),
    perSecond: t.exposeInt('perSecond', { description: 'Recipients a second, at most.' }),
    ratePerSecond: t.float({
      nullable: true,
      description: 'Recipients a second in the last ten seconds; null where it is not RUNNING.',
      resolve: (campaign, _args, { app }) => rateOf(campaign, app),
    }),
    recipientCount: t.exposeInt('recipientCount', {
      nullable: true,
      description: 'In the audience when it started; null: not counted yet, or it took too long.',
    }),
    processed: t.exposeInt('processed', { description: 'How many of them have had their turn.' }),
    startAt: t.expose('startAt', { type: 'DateTime', nullable: true }),
    localTime: t.exposeString('localTime', { nullable: true }),
    sendWindow: t.expose('sendWindow', { type: SendWindow, nullable: true }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true }),
    estimatedEndAt: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'When the last recipient will have had her turn, if it goes on as it does. It does not foresee how long send windows are closed. Null where it is not RUNNING.',
      resolve: (campaign, _args, { app }) => estimatedEndOf(campaign, app),
    }),
  }),
})

builder.queryField('campaign', (t) =>
  t.field({
    type: Campaign,
    nullable: true,
    authScopes: { bulk: true },
    description: "One of the caller's own; an administrator's: of anybody.",
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, context) => findOwnCampaign(id, context),
  }),
)

builder.queryField('campaigns', (t) =>
  t.field({
    type: connectionOf('Campaign', Campaign),
    authScopes: { bulk: true },
    description: "The caller's own, newest first; an administrator's: everybody's.",
    args: pageArgs(t.arg),
    resolve: async (_root, args, { app, principal }) => {
      const limit = pageSize(args)
      const filter = { callerId: ownerSeenBy(principal), before: idBehind(args.after), limit: limit + 1 }
      const rows = await listCampaigns(app.database.pool, filter)
      const page = { rows: rows.slice(0, limit), hasNextPage: rows.length > limit }
      return connection(page, ({ id }) => encodeCursor([id]), args.after)
    },
  }),
)

/** One that the caller may see; else null, as if it were not there. */
export async function findOwnCampaign(id: string, { app, principal }: Context): Promise<CampaignShape | null> {
  const found = isCampaignId(id) ? await findCampaign(app.database.pool, id) : undefined
  return found !== undefined && isOwn(principal, found) ? found : null
}

async function rateOf({ state, notificationId }: CampaignShape, { database }: App): Promise<number | null> {
  if (state !== 'RUNNING' || notificationId === null) return null
  return (await readRate(database.pool, notificationId)) ?? 0
}

async function estimatedEndOf(campaign: CampaignShape, app: App): Promise<Date | null> {
  if (campaign.state !== 'RUNNING') return null
  const [ratePerSecond, lastAt] = await Promise.all([rateOf(campaign, app), lastPartAt(app.database.pool, campaign.id)])
  return estimatedEnd({ ...campaign, ratePerSecond, lastPartAt: lastAt }, app.now())
}

function idBehind(cursor: string | null | undefined): string | undefined {
  const [id] = decodeCursor(cursor, 1) ?? []
  if (id !== undefined && !isCampaignId(id)) {
    throw badArgument('after', 'is not a cursor of this list: leave it out to start afresh')
  }
  return id
}
