import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { z } from 'zod'
import { aCaller, anAdmin, openSchemaApp, unique } from '../../test/setup/schema-app.ts'
import type { Principal } from '../domain/principal.ts'
import type { Tier } from '../domain/words.ts'
import { upsertSegment } from '../store/segments.ts'
import { upsertTemplate } from '../store/templates.ts'
import { upsertTopicMembers } from '../store/topics.ts'
import { upsertUsers } from '../store/users.ts'

const { app, run, close } = await openSchemaApp()
afterAll(close)

const [topic, segment, nobodys] = [unique('topic'), unique('segment'), unique('empty')]
const [ada, bruno] = [unique('ada'), unique('bruno')]
const templates: Readonly<Record<Tier, string>> = {
  TRANSACTIONAL: unique('code'),
  SOCIAL: unique('post'),
  MARKETING: unique('news'),
}
const marketer = aCaller({ bulk: true, campaignPerSecond: 50 })

beforeAll(async () => {
  const place = { timeZone: null, locale: null, region: null, attributes: {} }
  await upsertUsers(
    app.database,
    [
      { id: ada, email: 'ada@example.com', phone: '+15555550123', ...place },
      { id: bruno, email: null, phone: '+15555550124', ...place },
    ],
    new Date(),
  )
  await upsertTopicMembers(app.database.pool, { topic, userIds: [ada, bruno] }, new Date())
  await upsertSegment(app.database.pool, segment, { attribute: { path: nobodys, equals: true } }, new Date())
  await Promise.all((['TRANSACTIONAL', 'SOCIAL', 'MARKETING'] as const).map(aTemplate))
})

function aTemplate(tier: Tier): Promise<unknown> {
  const flags = { readCancelsOthers: false, inboxFallback: false, sensitive: false }
  const content = { locale: 'en', inApp: { title: 'Hi', body: 'there' }, sms: { body: 'Hi there' } }
  const email = { subject: 'Hi', html: '<p>there</p>' }
  const template = { name: templates[tier], tier, category: 'x', ...flags, dataSchema: null }
  return upsertTemplate(app.database, { ...template, contents: [{ ...content, email }] }, new Date())
}

const ofCampaign = `__typename ... on Campaign {
  id name state perSecond recipientCount processed startedAt estimatedEndAt notification { state } }`
const ofCreation = `${ofCampaign} ... on InvalidInput { fields { path code } } ... on IdempotencyConflict { existingId }`
const ofStep = `${ofCampaign} ... on NotFound { id } ... on WrongState { found: state }`

const answered = z.object({
  data: z.object({ result: z.looseObject({ __typename: z.string(), id: z.string().optional() }) }),
})

async function asked(source: string, variables: Record<string, unknown>, by: Principal = marketer) {
  const answer = await run(by, source, variables)
  const parsed = answered.safeParse(answer)
  return parsed.success ? parsed.data.data.result : answer
}

function create(change: object = {}, by: Principal = marketer) {
  const input = { name: 'Spring', template: templates.MARKETING, audience: { topic }, ...change }
  const source = `mutation ($input: CreateCampaignInput!) { result: createCampaign(input: $input) { ${ofCreation} } }`
  return asked(source, { input }, by)
}

function step(name: 'start' | 'pause' | 'resume' | 'cancel', id: string, by: Principal = marketer) {
  return asked(`mutation ($id: ID!) { result: ${name}Campaign(id: $id) { ${ofStep} } }`, { id }, by)
}

async function draft(change: object = {}): Promise<string> {
  return z.object({ id: z.string() }).parse(await create(change)).id
}

const ahead = (ms: number) => new Date(Date.now() + ms).toISOString()
const hour = 3_600_000

test('a campaign is a draft until it is started', async () => {
  expect(await create()).toEqual({
    __typename: 'Campaign',
    id: expect.stringMatching(/^cmp_/),
    name: 'Spring',
    state: 'DRAFT',
    perSecond: 50,
    recipientCount: null,
    processed: 0,
    startedAt: null,
    estimatedEndAt: null,
    notification: null,
  })
})

describe('a campaign is refused, and what is wrong named, when', () => {
  it.each<[string, object, string[], string]>([
    ['its pace is above the grant', { perSecond: 51 }, ['perSecond'], 'ABOVE_GRANT'],
    ['it has no pace at all', { perSecond: 0 }, ['perSecond'], 'OUT_OF_RANGE'],
    ['its template is TRANSACTIONAL', { template: templates.TRANSACTIONAL }, ['template'], 'NOT_FOR_TIER'],
    ['there is no such template', { template: 'none' }, ['template'], 'UNKNOWN_TEMPLATE'],
    ['there is no such topic', { audience: { topic: 'none' } }, ['audience', 'topic'], 'UNKNOWN_TOPIC'],
    ['there is no such segment', { audience: { segment: 'none' } }, ['audience', 'segment'], 'UNKNOWN_SEGMENT'],
    ['its template has no such channel', { channels: ['PUSH'] }, ['channels', '0'], 'NOT_THE_TEMPLATES'],
    ['it starts in the past', { startAt: ahead(-hour) }, ['startAt'], 'IN_THE_PAST'],
    ['it expires before it starts', { startAt: ahead(hour), expiresAt: ahead(60_000) }, ['expiresAt'], 'TOO_EARLY'],
    ['its local time is none', { localTime: '24:00' }, ['localTime'], 'BAD_TIME'],
    ['its window has no length', { sendWindow: { start: '09:00', end: '09:00' } }, ['sendWindow', 'end'], 'EMPTY'],
    [
      'its window has no days',
      { sendWindow: { start: '09:00', end: '17:00', days: [] } },
      ['sendWindow', 'days'],
      'EMPTY',
    ],
    ['its window begins at no time', { sendWindow: { start: '9', end: '17:00' } }, ['sendWindow', 'start'], 'BAD_TIME'],
    ['it has no name', { name: ' ' }, ['name'], 'LENGTH'],
  ])('%s', async (_what, change, path, code) => {
    expect(await create(change)).toEqual({
      __typename: 'InvalidInput',
      fields: [{ path: ['input', ...path], code }],
    })
  })
})

test('everything that is wrong is told at once', async () => {
  const sendWindow = { start: 'x', end: 'y' }
  expect(
    await create({ name: '', perSecond: 100, localTime: 'noon', sendWindow, audience: { topic: 'none' } }),
  ).toEqual({
    __typename: 'InvalidInput',
    fields: [
      { path: ['input', 'audience', 'topic'], code: 'UNKNOWN_TOPIC' },
      { path: ['input', 'name'], code: 'LENGTH' },
      { path: ['input', 'perSecond'], code: 'ABOVE_GRANT' },
      { path: ['input', 'localTime'], code: 'BAD_TIME' },
      { path: ['input', 'sendWindow', 'start'], code: 'BAD_TIME' },
      { path: ['input', 'sendWindow', 'end'], code: 'BAD_TIME' },
    ],
  })
})

test('it may be as fast as anybody likes where no pace was granted', async () => {
  const free = aCaller({ bulk: true })
  expect(await create({ perSecond: 20_000 }, free)).toMatchObject({ perSecond: 20_000 })
  expect(await create({ perSecond: 100_001 }, free)).toMatchObject({ fields: [{ code: 'OUT_OF_RANGE' }] })
})

test('campaigns are for callers with the grant bulk', async () => {
  const forbidden = { errors: [{ extensions: { code: 'FORBIDDEN' } }] }
  const id = await draft()
  expect(await create({}, aCaller())).toMatchObject(forbidden)
  expect(await step('start', id, aCaller())).toMatchObject(forbidden)
  expect(await create({}, aCaller({ bulk: true, tiers: ['SOCIAL'] }))).toMatchObject(forbidden)
})

test('the same key and body make one campaign; the same key and another body none', async () => {
  const idempotencyKey = unique('key')
  const id = await draft({ idempotencyKey })
  expect(await draft({ idempotencyKey })).toBe(id)
  expect(await create({ idempotencyKey, name: 'Other' })).toEqual({ __typename: 'IdempotencyConflict', existingId: id })
  const source = `mutation ($input: SendNotificationInput!) { result: sendNotification(input: $input) {
    __typename ... on IdempotencyConflict { existingId } } }`
  const input = { template: templates.SOCIAL, audience: { userIds: [ada] }, idempotencyKey }
  expect(await asked(source, { input })).toEqual({ __typename: 'IdempotencyConflict', existingId: id })
})

test('each step is taken from the states that allow it, and from no other', async () => {
  const id = await draft()
  const wrong = (state: string) => ({ __typename: 'WrongState', found: state })
  expect(await step('pause', id)).toEqual(wrong('DRAFT'))
  expect(await step('resume', id)).toEqual(wrong('DRAFT'))
  expect(await step('start', id)).toMatchObject({ state: 'RUNNING', notification: { state: 'ACCEPTED' } })
  expect(await step('start', id)).toEqual(wrong('RUNNING'))
  expect(await step('resume', id)).toEqual(wrong('RUNNING'))
  expect(await step('pause', id)).toMatchObject({ state: 'PAUSED' })
  expect(await step('pause', id)).toEqual(wrong('PAUSED'))
  expect(await step('start', id)).toEqual(wrong('PAUSED'))
  expect(await step('resume', id)).toMatchObject({ state: 'RUNNING' })
  expect(await step('cancel', id)).toMatchObject({ state: 'CANCELLED', notification: { state: 'CANCELLED' } })
  for (const name of ['start', 'pause', 'resume', 'cancel'] as const)
    expect(await step(name, id)).toEqual(wrong('CANCELLED'))
})

test('one that starts later is scheduled, and can be cancelled until then', async () => {
  const id = await draft({ startAt: ahead(hour) })
  expect(await step('start', id)).toMatchObject({
    state: 'SCHEDULED',
    startedAt: null,
    notification: { state: 'SCHEDULED' },
  })
  expect(await step('pause', id)).toEqual({ __typename: 'WrongState', found: 'SCHEDULED' })
  expect(await step('cancel', id)).toMatchObject({ state: 'CANCELLED' })
})

test('a draft is cancelled without ever having been a notification', async () => {
  expect(await step('cancel', await draft())).toMatchObject({ state: 'CANCELLED', notification: null })
})

test('what is unknown, or somebody else’s, is not found', async () => {
  const id = await draft()
  const stranger = aCaller({ bulk: true, id: 'clr_00000000000000000000000001' })
  const query = 'query ($id: ID!) { campaign(id: $id) { id } node(id: $id) { id } }'
  for (const unknown of ['cmp_00000000000000000000000000', 'x', id]) {
    expect(await step('start', unknown, stranger)).toEqual({ __typename: 'NotFound', id: unknown })
    expect(await run(stranger, query, { id: unknown })).toEqual({ data: { campaign: null, node: null } })
  }
  expect(await run(anAdmin(), query, { id })).toEqual({ data: { campaign: { id }, node: { id } } })
})

test('campaigns are listed, the newest first', async () => {
  const own = aCaller({ bulk: true, id: `clr_${unique('lister')}` })
  const made: unknown[] = []
  for (const name of ['one', 'two', 'three']) made.unshift(await create({ name }, own))
  const query = `query ($after: String) { campaigns(first: 2, after: $after) { nodes { name } pageInfo { hasNextPage endCursor } } }`
  const first = z
    .object({
      data: z.object({ campaigns: z.object({ nodes: z.unknown(), pageInfo: z.object({ endCursor: z.string() }) }) }),
    })
    .parse(await run(own, query)).data.campaigns
  expect(first.nodes).toEqual([{ name: 'three' }, { name: 'two' }])
  expect(await run(own, query, { after: first.pageInfo.endCursor })).toMatchObject({
    data: { campaigns: { nodes: [{ name: 'one' }], pageInfo: { hasNextPage: false } } },
  })
  expect(await run(own, query, { after: 'x' })).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
})

describe('a preview of a campaign', () => {
  const source = `query ($input: CreateCampaignInput!) { result: previewCampaign(input: $input) { __typename
    ... on CampaignPreview { recipientCount perChannel { channel count } estimatedCost { amount currency }
      sample { recipientId contents { channel } } }
    ... on InvalidInput { fields { path code } } } }`
  const preview = (change: object) =>
    asked(source, { input: { name: 'Spring', template: templates.MARKETING, audience: { topic }, ...change } })

  it('tells whom it would reach, and with what', async () => {
    expect(await preview({ channels: ['IN_APP', 'EMAIL', 'SMS'] })).toEqual({
      __typename: 'CampaignPreview',
      recipientCount: 2,
      perChannel: [
        { channel: 'IN_APP', count: 2 },
        { channel: 'EMAIL', count: 1 },
        { channel: 'SMS', count: 2 },
      ],
      estimatedCost: null,
      sample: { recipientId: expect.any(String), contents: expect.any(Array) },
    })
  })

  it('says so where there is nobody', async () => {
    expect(await preview({ audience: { segment }, channels: ['IN_APP'] })).toEqual({
      __typename: 'CampaignPreview',
      recipientCount: 0,
      perChannel: [{ channel: 'IN_APP', count: 0 }],
      estimatedCost: null,
      sample: null,
    })
  })

  it('is refused as the campaign would be', async () => {
    expect(await preview({ template: templates.TRANSACTIONAL })).toEqual({
      __typename: 'InvalidInput',
      fields: [{ path: ['input', 'template'], code: 'NOT_FOR_TIER' }],
    })
  })
})
