import { randomBytes } from 'node:crypto'
import { print } from 'graphql'
import { expect, inject, it } from 'vitest'
import { z } from 'zod'
import { InboxDocument, InboxEventsDocument } from '../generated/operations.ts'
import { rowsOf } from '../setup/database.ts'
import { ask, bearer, post } from '../setup/graphql.ts'
import { overSocket } from '../setup/live.ts'
import { funnelCounts, read, send } from '../setup/notification.ts'
import { aPerson, type Person } from '../setup/person.ts'
import { reached } from '../setup/sandbox.ts'

const carillon = inject('carillon')
const patience = { timeout: 30_000, interval: 20 }

/** More than it takes (test/setup/started.ts). */
const crowd = 10_001

async function aStar(): Promise<string> {
  const actorId = `star-${randomBytes(6).toString('hex')}`
  await rowsOf(
    carillon,
    `WITH fan AS (INSERT INTO users (user_id) SELECT $1 || '.' || n FROM generate_series(1, ${crowd}) AS n RETURNING user_id),
        followed AS (INSERT INTO follow (actor_id, follower_id, notify, followed_at) SELECT $1, user_id, false, now() FROM fan)
      INSERT INTO actor (actor_id, follower_count) VALUES ($1, ${crowd})`,
    [actorId],
  )
  return actorId
}

async function change(query: string, variables: object): Promise<unknown> {
  const { body } = await post(carillon, { query, variables }, bearer(carillon.demo.apiKey))
  return z.object({ data: z.record(z.string(), z.unknown()) }).parse(body).data
}

const follow = (actorId: string, people: readonly Person[], notify: boolean) =>
  change('mutation ($input: UpsertFollowsInput!) { upsertFollows(input: $input) { __typename } }', {
    input: { actorId, followerIds: people.map(({ userId }) => userId), notify },
  })

it('tells very many by one row: live, when they come, and on the phones of those who asked', async () => {
  const actorId = await aStar()
  const [live, later, keen] = [await aPerson(carillon), await aPerson(carillon), await aPerson(carillon)]
  await follow(actorId, [live, later], false)
  await follow(actorId, [keen], true)
  const device = overSocket(carillon, live.token, { query: print(InboxEventsDocument) })
  await expect.poll(() => device.events.length, patience).toBe(1)

  const began = Date.now()
  const id = await send(carillon, { template: 'social.like', data: { who: 'Ada' }, audience: { followersOf: actorId } })
  await expect.poll(() => device.events.length, patience).toBe(2)
  expect(Date.now() - began).toBeLessThan(3000)
  expect(device.events[1]).toMatchObject({
    data: { inboxEvents: { __typename: 'InboxItemAdded', unreadCount: 1, item: { notificationId: id } } },
  })
  await device.close()

  await expect.poll(() => reached(carillon, id), patience).toEqual(['apns', 'fcm'])
  await expect.poll(() => read(carillon, id), patience).toMatchObject({ state: 'DONE', recipientCount: 1 })
  const { viewer } = await ask(carillon, later.token, InboxDocument, {})
  expect(viewer).toMatchObject({ unreadCount: 1, inbox: { nodes: [{ notificationId: id }] } })
  await expect
    .poll(async () => funnelCounts(await read(carillon, id)), patience)
    .toMatchObject({ accepted: 2, fanned_out: 2, sent: 3 })

  // Who has not come by now has missed it.
  expect(await change(`mutation { cancelNotification(id: "${id}") { __typename } }`, {})).toEqual({
    cancelNotification: { __typename: 'CancelNotificationPayload' },
  })
  expect((await ask(carillon, keen.token, InboxDocument, {})).viewer.inbox.nodes).toEqual([])
  expect((await ask(carillon, later.token, InboxDocument, {})).viewer.inbox.nodes).toHaveLength(1)
})
