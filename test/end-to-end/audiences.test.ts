import { randomBytes } from 'node:crypto'
import { expect, inject, it } from 'vitest'
import { z } from 'zod'
import { rowsOf } from '../setup/database.ts'
import { bearer, post } from '../setup/graphql.ts'
import { read, send, stateOf } from '../setup/notification.ts'
import { aPerson } from '../setup/person.ts'
import { ledger, reached, withFault } from '../setup/sandbox.ts'

const carillon = inject('carillon')
const { bulkApiKey } = carillon.demo
const patience = { timeout: 30_000, interval: 50 }
const like = { template: 'social.like', data: { who: 'Bruno' } }

const counted = z.object({ data: z.object({ result: z.record(z.string(), z.unknown()) }) })

async function change(mutation: string, type: string, answer: string, input: object): Promise<unknown> {
  const query = `mutation Change($input: ${type}!) { result: ${mutation}(input: $input) { ... on ${answer} } }`
  const { body } = await post(carillon, { query, variables: { input } }, bearer(bulkApiKey))
  return counted.parse(body).data.result
}

it('reaches the followers of an actor, the members of a topic and a segment, each of them once', async () => {
  const people = [await aPerson(carillon), await aPerson(carillon)]
  const userIds = people.map(({ userId }) => userId)
  const name = `audience-${randomBytes(6).toString('hex')}`
  const filter = { attribute: { path: 'name', equals: name } }
  await rowsOf(
    carillon,
    `UPDATE users SET attributes = jsonb_build_object('name', $2::text) WHERE user_id = ANY ($1)`,
    [userIds, name],
  )
  expect([
    await change('upsertFollows', 'UpsertFollowsInput', 'FollowsPayload { followerCount }', {
      actorId: name,
      followerIds: userIds,
    }),
    await change('upsertTopicMembers', 'TopicMembersInput', 'TopicMembersPayload { memberCount }', {
      topic: name,
      userIds,
    }),
    await change('upsertSegment', 'UpsertSegmentInput', 'Segment { memberCount }', { name, filter }),
  ]).toEqual([{ followerCount: 2 }, { memberCount: 2 }, { memberCount: 2 }])

  for (const audience of [{ followersOf: name }, { topic: name }, { segment: name }]) {
    const id = await send(carillon, { ...like, audience }, bulkApiKey)
    const now = () => read(carillon, id, bulkApiKey)
    await expect.poll(now, patience).toMatchObject({ state: 'DONE', recipientCount: 2 })
    expect(await reached(carillon, id)).toEqual(['apns', 'apns', 'fcm', 'fcm'])
  }
})

it('does not let a like wait behind the pushes of somebody with many followers', async () => {
  const star = `star-${randomBytes(6).toString('hex')}`
  const followers = 10_000
  await makeFollowers(star, followers)
  const { userId } = await aPerson(carillon)
  // 64 calls of half a second each at once: it would take more than a minute to get to the end. No slower: a breaker opens.
  await withFault(carillon, 'apns', { kind: 'slow', afterMs: 500 }, async () => {
    const starred = await send(carillon, { ...like, audience: { followersOf: star }, channels: ['PUSH'] })
    await expect.poll(() => ledger(carillon, starred).then(({ length }) => length), patience).toBeGreaterThan(500)
    const began = Date.now()
    const liked = await send(carillon, { ...like, audience: { userIds: [userId] } })
    await expect.poll(() => reached(carillon, liked), patience).toEqual(['apns', 'fcm'])
    expect(Date.now() - began).toBeLessThan(10_000)
    // The rest has not even been expanded.
    expect((await read(carillon, starred)).recipientCount).toBeLessThan(followers / 2)
    await cancel(starred)
    await expect.poll(() => stateOf(carillon, starred), patience).toBe('CANCELLED')
  })
})

/** Each with a phone; too many to be told of one by one. */
async function makeFollowers(actorId: string, count: number): Promise<void> {
  const numbers = `generate_series(1, ${count}) AS n`
  await rowsOf(carillon, `INSERT INTO users (user_id) SELECT $1 || '.' || n FROM ${numbers}`, [actorId])
  await rowsOf(
    carillon,
    `INSERT INTO device (user_id, device_id, platform, token, app, environment)
      SELECT $1 || '.' || n, 'phone', 'IOS', md5($1 || n) || md5(n || $1), app, environment
      FROM ${numbers}, (SELECT app, environment FROM device WHERE platform = 'IOS' LIMIT 1) AS known`,
    [actorId],
  )
  const followerIds = Array.from({ length: count }, (_, n) => `${actorId}.${n + 1}`)
  const answer = await change('upsertFollows', 'UpsertFollowsInput', 'FollowsPayload { followerCount }', {
    actorId,
    followerIds,
  })
  expect(answer).toEqual({ followerCount: count })
}

async function cancel(id: string): Promise<void> {
  const query = `mutation { cancelNotification(id: "${id}") { __typename } }`
  await post(carillon, { query }, bearer(carillon.demo.apiKey))
}
