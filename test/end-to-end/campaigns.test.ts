import { expect, inject, it } from 'vitest'
import { z } from 'zod'
import { bearer, post } from '../setup/graphql.ts'
import { overSocket } from '../setup/live.ts'
import { read } from '../setup/notification.ts'
import { ledger } from '../setup/sandbox.ts'

const carillon = inject('carillon')
const { bulkApiKey, adminApiKey } = carillon.demo
const patience = { timeout: 20_000, interval: 50 }

const answered = z.object({ data: z.object({ result: z.looseObject({ __typename: z.string() }) }) })

async function ask(query: string, variables: object, key = bulkApiKey): Promise<Record<string, unknown>> {
  const { body } = await post(carillon, { query, variables: { ...variables } }, bearer(key))
  return answered.parse(body).data.result
}

const step = (name: string, id: string) =>
  ask(
    `mutation ($id: ID!) { result: ${name}Campaign(id: $id) {
      __typename ... on Campaign { state processed } ... on WrongState { found: state } } }`,
    { id },
  )

const progress = `subscription ($id: ID!) { campaignProgress(id: $id) {
  state processed recipientCount estimatedEndAt notification { id } } }`
const event = z.object({
  data: z.object({
    campaignProgress: z.object({
      state: z.string(),
      processed: z.int(),
      recipientCount: z.int().nullable(),
      estimatedEndAt: z.string().nullable(),
      notification: z.object({ id: z.string() }).nullable(),
    }),
  }),
})

it('is paused, resumed and brought to its end by hand, while its progress is watched: everybody is reached once', async () => {
  const users = Array.from({ length: 120 }, (_, n) => ({
    id: `cmp-${process.pid}-${n}`,
    phone: `+1555${7_000_000 + n}`,
  }))
  const upsert = 'mutation ($input: UpsertUsersInput!) { result: upsertUsers(input: $input) { __typename } }'
  expect(await ask(upsert, { input: { users } })).toMatchObject({ __typename: 'UpsertUsersPayload' })
  const template = `campaign-${process.pid}`
  const input = {
    name: template,
    tier: 'MARKETING',
    category: 'news',
    contents: [{ locale: 'en', sms: { body: 'Hi' } }],
  }
  const make = 'mutation ($input: UpsertTemplateInput!) { result: upsertTemplate(input: $input) { __typename } }'
  expect(await ask(make, { input }, adminApiKey)).toMatchObject({ __typename: 'Template' })

  const create = `mutation ($input: CreateCampaignInput!) { result: createCampaign(input: $input) {
    __typename ... on Campaign { id } ... on InvalidInput { fields { path message } } } }`
  const audience = { userIds: users.map(({ id }) => id) }
  const { id } = z
    .object({ id: z.string() })
    .parse(await ask(create, { input: { name: 'Spring', template, audience, perSecond: 40 } }))
  const live = overSocket(carillon, bulkApiKey, { query: progress, variables: { id } })
  const events = () => live.events.map((each) => event.parse(each).data.campaignProgress)
  const newest = () => events().at(-1)
  try {
    await expect.poll(newest, patience).toMatchObject({ state: 'DRAFT', processed: 0, recipientCount: null })
    expect(await step('start', id)).toMatchObject({ state: 'RUNNING' })
    await expect.poll(() => newest()?.processed, patience).toBeGreaterThanOrEqual(20)
    expect(newest()).toMatchObject({ state: 'RUNNING', recipientCount: 120, estimatedEndAt: expect.any(String) })
    expect(await step('pause', id)).toMatchObject({ __typename: 'Campaign', state: 'PAUSED' })
    expect(await step('start', id)).toEqual({ __typename: 'WrongState', found: 'PAUSED' })
    await expect.poll(newest, patience).toMatchObject({ state: 'PAUSED' })
    expect(newest()?.processed).toBeLessThan(120)
    expect(await step('resume', id)).toMatchObject({ state: 'RUNNING' })
    await expect.poll(newest, patience).toMatchObject({ state: 'DONE', processed: 120, recipientCount: 120 })
    const notification = newest()?.notification?.id ?? ''
    expect(await read(carillon, notification, bulkApiKey)).toMatchObject({ state: 'DONE', recipientCount: 120 })
    const reached = (await ledger(carillon, notification)).map(({ deliveryId }) => deliveryId)
    expect(reached).toHaveLength(120)
    expect(new Set(reached).size).toBe(120)
    expect(await step('cancel', id)).toEqual({ __typename: 'WrongState', found: 'DONE' })
  } finally {
    await live.close()
  }
})
