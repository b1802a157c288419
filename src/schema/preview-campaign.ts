import { GraphQLError } from 'graphql'
import { decide } from '../domain/decide.ts'
import { type ChannelCount as ChannelCountShape, costOf, type Money as MoneyShape } from '../domain/price-table.ts'
import { InvalidInput, Overloaded } from '../errors.ts'
import { nextRecipients } from '../store/audience.ts'
import { countAudience } from '../store/audience-sql.ts'
import { readRecipients } from '../store/recipients.ts'
import { withinTime } from '../store/within-time.ts'
import { builder } from './builder.ts'
import { asBulk } from './bulk.ts'
import type { Context } from './context.ts'
import { CreateCampaignInput } from './create-campaign.ts'
import { decidable, Preview, type PreviewShape, previewFor } from './preview.ts'
import { type CampaignInput, sendRequestOf, validCampaign } from './valid-campaign.ts'
import type { ValidRequest } from './valid-request.ts'
import { Channel } from './words.ts'

const ChannelCount = builder.objectRef<ChannelCountShape>('ChannelCount').implement({
  fields: (t) => ({ channel: t.expose('channel', { type: Channel }), count: t.exposeInt('count') }),
})

const Money = builder.objectRef<MoneyShape>('Money').implement({
  fields: (t) => ({
    amount: t.exposeFloat('amount'),
    currency: t.exposeString('currency', { description: 'ISO 4217: `EUR`.' }),
  }),
})

interface CampaignPreviewShape {
  readonly recipientCount: number
  readonly perChannel: readonly ChannelCountShape[]
  readonly estimatedCost: MoneyShape | null
  readonly sample: PreviewShape | null
}

const sampleSize = 1000

const CampaignPreview = builder.objectRef<CampaignPreviewShape>('CampaignPreview').implement({
  description: 'What a campaign would do, started now.',
  fields: (t) => ({
    recipientCount: t.exposeInt('recipientCount', { description: 'In the audience now.' }),
    perChannel: t.field({
      type: [ChannelCount],
      description: `How many would be sent something on each channel, by what they have and allow: decided for the first ${sampleSize.toLocaleString('en')} by id, and projected from them where there are more. Frequency caps are left aside.`,
      resolve: ({ perChannel }) => [...perChannel],
    }),
    estimatedCost: t.expose('estimatedCost', {
      type: Money,
      nullable: true,
      description: "By the installation's price table (CAMPAIGN_PRICES); null: it has none.",
    }),
    sample: t.expose('sample', {
      type: Preview,
      nullable: true,
      description: 'What the first of them would get; null: there is nobody.',
    }),
  }),
})

builder.queryField('previewCampaign', (t) =>
  t.field({
    type: CampaignPreview,
    errors: { types: [InvalidInput, Overloaded], union: { name: 'PreviewCampaignResult' } },
    authScopes: { bulk: true },
    description: 'Whom a campaign would reach, at what cost, and with what. Keeps nothing, sends nothing.',
    args: { input: t.arg({ type: CreateCampaignInput, required: true }) },
    resolve: (_root, { input }, asked) =>
      asBulk(asked, 'SOCIAL', async (context) => previewOf(input, await validCampaign(input, context), context)),
  }),
)

const countMs = 4_000

async function previewOf(
  input: CampaignInput,
  { template, audience }: ValidRequest,
  context: Context,
): Promise<CampaignPreviewShape> {
  const { database, policy, now } = context.app
  const at = now()
  const recipientCount = await withinTime(database.pool, countMs, (client) => countAudience(client, audience, at))
  if (recipientCount === undefined) {
    throw new GraphQLError('There are too many recipients to count them in time.', { extensions: { code: 'TIMEOUT' } })
  }
  const sampled = { audience, audienceCursor: null, recipientCount: 0, sendAt: null, createdAt: at }
  const { userIds } = await nextRecipients(database.pool, sampled, sampleSize)
  const recipients = await readRecipients(database.pool, userIds)
  const request = sendRequestOf(input)
  const notification = decidable(request, template, at)
  const decisions = [...recipients.values()].flatMap(
    (recipient) => decide(notification, recipient, at, policy).decisions,
  )
  const share = userIds.length === 0 ? 0 : recipientCount / userIds.length
  const perChannel = notification.channels.map((channel) => {
    const sent = decisions.filter((each) => each.channel === channel && ['deliver', 'defer'].includes(each.outcome))
    return { channel, count: Math.round(sent.length * share) }
  })
  const [recipient] = recipients.values()
  return {
    recipientCount,
    perChannel,
    estimatedCost: policy.campaignPrices === undefined ? null : costOf(perChannel, policy.campaignPrices),
    sample: recipient ? await previewFor({ input: request, template, recipient, acceptedAt: at, at }, context) : null,
  }
}
