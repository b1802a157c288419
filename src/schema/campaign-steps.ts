import { ulid } from 'ulid'
import type { Campaign as CampaignShape } from '../domain/campaign.ts'
import { notificationId } from '../domain/ids.ts'
import { NotFound, WrongState } from '../errors.ts'
import { cancelCampaign, pauseCampaign, resumeCampaign, startCampaign } from '../store/campaign-steps.ts'
import { campaignChanged } from '../streams/messages.ts'
import { builder } from './builder.ts'
import { Campaign, findOwnCampaign } from './campaign.ts'
import type { App, Context } from './context.ts'
import { handOn } from './hand-on.ts'

const CampaignResult = builder.errorUnion('CampaignResult', {
  types: [Campaign, NotFound, WrongState],
  resolveType: () => 'Campaign',
})

/** Undefined: its state does not allow it. */
type Take = (app: App, id: string) => Promise<CampaignShape | undefined>

builder.mutationFields((t) => {
  const step = (take: Take, description: string) =>
    t.field({
      type: CampaignResult,
      authScopes: { bulk: true },
      description,
      args: { id: t.arg.id({ required: true }) },
      resolve: (_root, { id }, context) => taken(id, context, take),
    })
  return {
    startCampaign: step(start, 'Starts a draft; with `startAt` ahead it is SCHEDULED until then.'),
    pauseCampaign: step(
      ({ database, now }, id) => pauseCampaign(database.pool, id, now()),
      'What is RUNNING: nobody has a turn any more, and nothing is sent but what is under way, a few seconds of work.',
    ),
    resumeCampaign: step(
      ({ database, now }, id) => resumeCampaign(database.pool, id, now()),
      'What is PAUSED: it goes on where it was. Nobody is left out, nobody met twice.',
    ),
    cancelCampaign: step(
      ({ database, now }, id) => cancelCampaign(database.pool, id, now()),
      'For good. What no provider has been asked to take is not sent any more; inbox items stay.',
    ),
  }
})

async function start(app: App, id: string): Promise<CampaignShape | undefined> {
  const now = app.now()
  const started = await startCampaign(app.database.pool, id, notificationId(ulid(now.getTime())), now)
  if (started?.state === 'RUNNING' && started.notificationId !== null) {
    handOn({ id: started.notificationId, tier: started.tier }, app)
  }
  return started
}

async function taken(id: string, context: Context, take: Take): Promise<CampaignShape> {
  const { app } = context
  if ((await findOwnCampaign(id, context)) === null) throw new NotFound('campaign', id)
  const campaign = await take(app, id)
  if (campaign === undefined) {
    const now = await findOwnCampaign(id, context)
    throw new WrongState(`Campaign "${id}"`, now?.state ?? 'CANCELLED')
  }
  app.streams.signal(campaignChanged, id, { campaignId: id })
  return campaign
}
