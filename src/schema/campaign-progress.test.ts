import { parse, subscribe } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { aCaller, openSchemaApp, unique } from '../../test/setup/schema-app.ts'
import type { Principal } from '../domain/principal.ts'
import { readRecipients } from '../store/recipients.ts'
import { upsertTemplate } from '../store/templates.ts'
import { fanOut } from '../workers/fan-out.ts'
import { schema } from './schema.ts'

const { app, run, close } = await openSchemaApp()
afterAll(close)

await app.streams.declare()

const template = unique('news')
const userIds = Array.from({ length: 120 }, (_, n) => unique(`reader-${n}`))
const marketer = aCaller({ bulk: true })

beforeAll(async () => {
  await app.database.pool.query('INSERT INTO users (user_id) SELECT unnest($1::text[])', [userIds])
  const flags = { readCancelsOthers: false, inboxFallback: false, sensitive: false }
  const contents = [{ locale: 'en', inApp: { title: 'Hi', body: 'there' } }]
  const news = { name: template, tier: 'MARKETING', category: 'x', ...flags, dataSchema: null, contents } as const
  await upsertTemplate(app.database, news, new Date())
})

const withId = z.object({ data: z.object({ result: z.object({ id: z.string() }) }) })

async function draft(): Promise<string> {
  const input = { name: 'Spring', template, audience: { userIds }, perSecond: 40 }
  const create = `mutation ($input: CreateCampaignInput!) { result: createCampaign(input: $input) { ... on Campaign { id } } }`
  return withId.parse(await run(marketer, create, { input })).data.result.id
}

const step = (name: string, id: string) =>
  run(marketer, `mutation ($id: ID!) { ${name}Campaign(id: $id) { __typename } }`, { id })

async function watch(id: string, principal: Principal) {
  return subscribe({
    schema,
    document: parse(`subscription ($id: ID!) { campaignProgress(id: $id) {
      state processed recipientCount ratePerSecond estimatedEndAt notification { id } } }`),
    variableValues: { id },
    contextValue: { app, principal, idempotencyKey: undefined },
  })
}

const event = z.object({
  data: z.object({ campaignProgress: z.looseObject({ notification: z.object({ id: z.string() }).nullable() }) }),
})

test('progress is told at once, then whenever it changes: at most once a second', async () => {
  const id = await draft()
  const events = await watch(id, marketer)
  if (!(Symbol.asyncIterator in events)) throw new Error(JSON.stringify(events))
  const next = async () => event.parse((await events.next()).value).data.campaignProgress
  const times: number[] = []
  try {
    expect(await next()).toMatchObject({ state: 'DRAFT', processed: 0, recipientCount: null, estimatedEndAt: null })
    times.push(performance.now())
    await step('start', id)
    const running = await next()
    times.push(performance.now())
    expect(running).toMatchObject({ state: 'RUNNING', processed: 0 })
    const work = { notificationId: running.notification?.id ?? '', tier: 'MARKETING', page: 0, generation: 0 } as const
    const deps = { ...app, redis: undefined, readRecipients }
    await fanOut(deps, work)
    await fanOut(deps, work)
    expect(await next()).toMatchObject({
      state: 'RUNNING',
      processed: 20,
      recipientCount: 120,
      ratePerSecond: expect.any(Number),
      estimatedEndAt: expect.any(String),
    })
    times.push(performance.now())
    await step('pause', id)
    expect(await next()).toMatchObject({ state: 'PAUSED', processed: 20, ratePerSecond: null, estimatedEndAt: null })
    times.push(performance.now())
    await step('cancel', id)
    expect(await next()).toMatchObject({ state: 'CANCELLED', processed: 20 })
    expect(Math.min(...times.slice(1).map((time, n) => time - (times[n] ?? 0)))).toBeGreaterThan(900)
  } finally {
    await events.return(undefined)
  }
})

test('the progress of somebody else’s campaign is nobody’s business', async () => {
  const stranger = aCaller({ bulk: true, id: 'clr_00000000000000000000000001' })
  const events = await watch(await draft(), stranger)
  if (!(Symbol.asyncIterator in events)) throw new Error(JSON.stringify(events))
  await expect(events.next()).rejects.toThrow('There is no campaign')
})
