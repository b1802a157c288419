import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { z } from 'zod'
import { aCaller, anAdmin, openSchemaApp, unique } from '../../test/setup/schema-app.ts'
import type { Tier } from '../domain/words.ts'
import { findNotification } from '../store/notifications.ts'
import { upsertSegment } from '../store/segments.ts'
import { upsertTemplate } from '../store/templates.ts'
import { upsertTopicMembers } from '../store/topics.ts'

const { app, run, close } = await openSchemaApp()
afterAll(close)

const [topic, segment] = [unique('topic'), unique('segment')]
const filter = { attribute: { path: 'plan', equals: 'pro' } }
const templates: Readonly<Record<Tier, string>> = {
  TRANSACTIONAL: unique('code'),
  SOCIAL: unique('post'),
  MARKETING: unique('news'),
}
beforeAll(async () => {
  await upsertTopicMembers(app.database.pool, { topic, userIds: ['ada'] }, new Date())
  await upsertSegment(app.database.pool, segment, filter, new Date())
  await Promise.all([aTemplate('TRANSACTIONAL'), aTemplate('SOCIAL'), aTemplate('MARKETING')])
})

function aTemplate(tier: Tier): Promise<unknown> {
  const flags = { readCancelsOthers: false, inboxFallback: false, sensitive: false }
  const contents = [{ locale: 'en', inApp: { title: 'Hi', body: 'there' } }]
  const template = { name: templates[tier], tier, category: 'x', ...flags, dataSchema: null, contents }
  return upsertTemplate(app.database, template, new Date())
}

const mutation = `mutation ($input: SendNotificationInput!) { result: sendNotification(input: $input) {
  __typename ... on SendNotificationPayload { notification { id recipientCount funnel { stage count } } }
  ... on InvalidInput { fields { path code } } } }`

function send(audience: object, tier: Tier = 'SOCIAL', caller = aCaller({ bulk: true })): Promise<unknown> {
  // For later: nobody of this run has to expand it.
  const sendAt = new Date(Date.now() + 3_600_000).toISOString()
  return run(caller, mutation, { input: { template: templates[tier], audience, sendAt } })
}

const sent = z.object({ data: z.object({ result: z.object({ notification: z.object({ id: z.string() }) }) }) })

function idIn(answer: unknown): string {
  return sent.parse(answer).data.result.notification.id
}

async function audienceOf(answer: unknown): Promise<unknown> {
  return (await findNotification(app.database.pool, idIn(answer)))?.audience
}

test('what an audience is, is kept; a segment with the filter that it has now', async () => {
  expect(await audienceOf(await send({ followersOf: 'ada' }))).toEqual({ followersOf: 'ada' })
  expect(await audienceOf(await send({ topic }, 'MARKETING'))).toEqual({ topic })
  expect(await audienceOf(await send({ segment }))).toEqual({ segment, filter })
})

test('how many there are is known as far as they are expanded', async () => {
  expect(await send({ topic })).toMatchObject({
    data: {
      result: {
        notification: {
          recipientCount: 0,
          funnel: expect.arrayContaining([
            { stage: 'accepted', count: 0 },
            { stage: 'fanned_out', count: 0 },
          ]),
        },
      },
    },
  })
})

describe('an audience is refused, and its field named, when', () => {
  it.each<[string, object, Tier, string, string]>([
    ['there is no such topic', { topic: unique('no') }, 'SOCIAL', 'topic', 'UNKNOWN_TOPIC'],
    ['there can be no such topic', { topic: 'a\0b' }, 'SOCIAL', 'topic', 'UNKNOWN_TOPIC'],
    ['there is no such segment', { segment: unique('no') }, 'MARKETING', 'segment', 'UNKNOWN_SEGMENT'],
    ['there can be no such actor', { followersOf: 'a b' }, 'SOCIAL', 'followersOf', 'MALFORMED'],
    ['followers are sent a code', { followersOf: 'ada' }, 'TRANSACTIONAL', 'followersOf', 'NOT_FOR_TIER'],
    ['a topic is sent a code', { topic }, 'TRANSACTIONAL', 'topic', 'NOT_FOR_TIER'],
    ['a segment is sent a code', { segment }, 'TRANSACTIONAL', 'segment', 'NOT_FOR_TIER'],
  ])('%s', async (_what, audience, tier, field, code) => {
    expect(await send(audience, tier)).toEqual({
      data: { result: { __typename: 'InvalidInput', fields: [{ path: ['input', 'audience', field], code }] } },
    })
  })
})

test('topics and segments are for callers with the grant bulk, and for administrators', async () => {
  for (const audience of [{ topic }, { segment }]) {
    expect(await send(audience, 'SOCIAL', aCaller())).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] })
    expect(await send(audience, 'SOCIAL', anAdmin())).toMatchObject({
      data: { result: { __typename: 'SendNotificationPayload' } },
    })
  }
  expect(await send({ followersOf: 'ada' }, 'SOCIAL', aCaller())).toMatchObject({
    data: { result: { __typename: 'SendNotificationPayload' } },
  })
})

test('a follower who has not been decided yet is meant all the same', async () => {
  const id = idIn(await send({ topic }))
  const explain = `query ($id: ID!, $userId: ID!) { explainDelivery(notificationId: $id, recipientId: $userId) {
    decisions { rule } } }`
  const of = (userId: string) => run(anAdmin(), explain, { id, userId })
  expect([await of('ada'), await of('bruno')]).toEqual([
    { data: { explainDelivery: { decisions: [] } } },
    { data: { explainDelivery: null } },
  ])
})
