import { ulid } from 'ulid'
import { campaignId } from '../domain/ids.ts'
import { weekdays } from '../domain/words.ts'
import { IdempotencyConflict, InvalidInput, Overloaded } from '../errors.ts'
import { createCampaign, type NewCampaign } from '../store/campaigns.ts'
import { AudienceInput } from './audience-input.ts'
import { builder } from './builder.ts'
import { asBulk, bulkTier } from './bulk.ts'
import { Campaign } from './campaign.ts'
import { paceOf } from './campaign-problems.ts'
import type { Context } from './context.ts'
import { idempotencyOf } from './idempotency.ts'
import { callerOf } from './own.ts'
import { type CampaignInput, sendRequestOf, validCampaign } from './valid-campaign.ts'
import { chosenChannels, type ValidRequest } from './valid-request.ts'
import { Channel, Weekday } from './words.ts'

const SendWindowInput = builder.inputType('SendWindowInput', {
  description: 'From `start` until before `end`, "HH:MM"; it may go past midnight.',
  fields: (t) => ({
    start: t.string({ required: true }),
    end: t.string({ required: true }),
    days: t.field({ type: [Weekday], description: 'The days on which the window begins. Default: every day.' }),
  }),
})

export const CreateCampaignInput = builder.inputType('CreateCampaignInput', {
  fields: (t) => ({
    idempotencyKey: t.string({
      description:
        'Sent twice with the same key and body within 24 hours, it is made once. Or the header Idempotency-Key.',
    }),
    name: t.string({ required: true, description: 'For people: 1 to 200 characters.' }),
    template: t.string({ required: true, description: 'SOCIAL or MARKETING. The campaign keeps its current version.' }),
    data: t.field({
      type: 'JSON',
      description: "What the template's texts speak of; checked against its data schema.",
    }),
    audience: t.field({
      type: AudienceInput,
      required: true,
      description: 'Read when the campaign starts; a segment by the filter that it has now.',
    }),
    channels: t.field({ type: [Channel], description: 'Default: all that the template has.' }),
    startAt: t.field({ type: 'DateTime', description: 'Started before, it is SCHEDULED until then.' }),
    localTime: t.string({
      description:
        '"10:00": each recipient has her turn at the first instant from the start on at which her clock reads it. Where clocks skip it, the first minute after the gap.',
    }),
    sendWindow: t.field({
      type: SendWindowInput,
      description: "Outside of it the campaign rests, by each recipient's clock.",
    }),
    perSecond: t.int({
      description: 'Recipients a second: at most what the API key was granted, and by default that.',
    }),
    expiresAt: t.field({
      type: 'DateTime',
      description:
        'Past it nothing is sent any more. Default: SOCIAL 24 hours, MARKETING 72 hours from when the last recipient has her turn, at the pace that it has.',
    }),
  }),
})

builder.mutationField('createCampaign', (t) =>
  t.field({
    type: Campaign,
    errors: {
      types: [InvalidInput, IdempotencyConflict, Overloaded],
      union: { name: 'CreateCampaignResult' },
    },
    authScopes: { bulk: true },
    description: 'Makes a draft: startCampaign starts it.',
    args: { input: t.arg({ type: CreateCampaignInput, required: true }) },
    resolve: async (_root, { input }, asked) => {
      const tier = (await bulkTier(input, asked)) ?? 'SOCIAL'
      return asBulk(asked, tier, async (context) => {
        const valid = await validCampaign(input, context)
        return createCampaign(
          context.app.database.pool,
          newCampaign(input, valid, context),
          idempotencyOf(input, context),
        )
      })
    },
  }),
)

function newCampaign(
  input: CampaignInput,
  { template, audience }: ValidRequest,
  { app, principal }: Context,
): NewCampaign {
  const now = app.now()
  const caller = callerOf(principal)
  const data = input.data ?? {}
  const { sendWindow } = input
  return {
    id: campaignId(ulid(now.getTime())),
    callerId: caller.id,
    name: input.name,
    tier: template.tier,
    category: template.category,
    template: template.name,
    templateVersion: template.version,
    data: template.sensitive ? null : data,
    secret: template.sensitive ? app.cipher.encrypt(JSON.stringify(data)) : null,
    audience,
    channels: chosenChannels(sendRequestOf(input), template),
    perSecond: paceOf(input, caller),
    startAt: input.startAt ?? null,
    localTime: input.localTime ?? null,
    sendWindow: sendWindow ? { ...sendWindow, days: sendWindow.days ?? weekdays } : null,
    expiresAt: input.expiresAt ?? null,
    createdAt: now,
  }
}
