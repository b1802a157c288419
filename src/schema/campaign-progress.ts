import { isDeepStrictEqual } from 'node:util'
import { GraphQLError } from 'graphql'
import type { Campaign as CampaignShape } from '../domain/campaign.ts'
import { campaignChanged, notificationChanged } from '../streams/messages.ts'
import { builder } from './builder.ts'
import { Campaign, findOwnCampaign } from './campaign.ts'
import { changeFlag } from './change-flag.ts'
import type { Context } from './context.ts'
import { untilLeft } from './until-left.ts'

builder.subscriptionField('campaignProgress', (t) =>
  t.field({
    type: Campaign,
    authScopes: { bulk: true },
    description: 'The campaign now, and whenever it has changed: at most once a second.',
    args: { id: t.arg.id({ required: true }) },
    subscribe: (_root, { id }, context) => untilLeft((left) => progressOf(id, context, left)),
    resolve: (campaign) => campaign,
  }),
)

async function* progressOf(id: string, context: Context, left: AbortSignal): AsyncGenerator<CampaignShape, undefined> {
  const { streams } = context.app
  const changes = changeFlag(left)
  const stopListening = [streams.listen(campaignChanged, id, changes.raise)]
  try {
    let shown: unknown
    let notificationId: string | null = null
    while (!left.aborted) {
      const campaign = await findOwnCampaign(id, context)
      if (campaign === null) {
        throw new GraphQLError(`There is no campaign "${id}".`, { extensions: { code: 'NOT_FOUND' } })
      }
      if (notificationId === null && campaign.notificationId !== null) {
        notificationId = campaign.notificationId
        stopListening.push(streams.listen(notificationChanged, notificationId, changes.raise))
        // What has changed between the look and the listening would not be seen.
        continue
      }
      const { state, processed, recipientCount, startedAt } = campaign
      const now = { state, processed, recipientCount, startedAt }
      if (!isDeepStrictEqual(now, shown)) yield campaign
      shown = now
      await changes.next()
    }
    return undefined
  } finally {
    for (const stop of stopListening) stop()
  }
}
