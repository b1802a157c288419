import { graphql, parse, subscribe } from 'graphql'
import { afterAll, describe, expect, it } from 'vitest'
import type { App } from '../src/schema/context.ts'
import { schema } from '../src/schema/schema.ts'
import { insertBroadcast } from '../src/store/broadcasts.ts'
import { cancelNotification } from '../src/store/cancel.ts'
import { inTransaction } from '../src/store/database.ts'
import { removeFollows, upsertFollows } from '../src/store/follows.ts'
import { tidy } from '../src/store/housekeeping.ts'
import { findNotification } from '../src/store/notifications.ts'
import { fanOut } from '../src/workers/fan-out.ts'
import { dice } from './chaos/dice.ts'
import { aBroadcaster } from './setup/a-broadcaster.ts'
import { addItems, aNewItem } from './setup/inbox.ts'
import { aCaller, aViewer, unique } from './setup/schema-app.ts'

const broadcaster = await aBroadcaster()
const { database, followers, send } = broadcaster
const { pool } = database
const here = broadcaster.gateway()
const there = broadcaster.gateway()
afterAll(broadcaster.close)

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000)
const ada = () => unique('ada')

async function itemsOf(userId: string): Promise<unknown[]> {
  const { rows } = await pool.query(
    `SELECT created_seq::int AS seq, notification_id AS id, title, body FROM inbox_item WHERE user_id = $1 ORDER BY created_seq`,
    [userId],
  )
  return rows
}

async function countOf(table: string, where: string, value: string): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table} WHERE ${where} = $1`, [
    value,
  ])
  return rows[0]?.n ?? 0
}

async function run(app: App, userId: string, source: string, variableValues: Record<string, unknown> = {}) {
  const contextValue = { app, principal: aViewer(userId), idempotencyKey: undefined }
  const answer = JSON.parse(JSON.stringify(await graphql({ schema, source, contextValue, variableValues })))
  await here.settled()
  return answer
}

describe('what is sent to the followers of an actor', () => {
  const source = `mutation ($input: SendNotificationInput!) { sendNotification(input: $input) {
    ... on SendNotificationPayload { notification { id } } ... on InvalidInput { fields { message } } } }`

  async function sentBy(followersOf: string, threshold: number | undefined): Promise<string> {
    const bulk: App['bulk'] = { run: (_tier, work) => work(database) }
    const app = { ...here.app, bulk, fanOutThreshold: threshold }
    const input = { template: 'post', data: { name: 'Ada' }, channels: ['IN_APP'], audience: { followersOf } }
    const contextValue = { app, principal: aCaller(), idempotencyKey: undefined }
    const answer = JSON.parse(
      JSON.stringify(await graphql({ schema, source, contextValue, variableValues: { input } })),
    )
    return answer.data.sendNotification.notification.id
  }

  it('goes the way that was chosen when it was accepted, whatever the threshold is later', async () => {
    const actor = ada()
    await followers(actor, 3)
    const [many, few] = [await sentBy(actor, 2), await sentBy(actor, 3)]
    expect((await findNotification(pool, many))?.fanOut).toBe('BROADCAST')
    expect((await findNotification(pool, few))?.fanOut).toBe('WRITE')
    await Promise.all([many, few].map(broadcaster.expand))
    expect(await countOf('inbox_item', 'notification_id', many)).toBe(0)
    expect(await countOf('inbox_item', 'notification_id', few)).toBe(3)
    expect(await countOf('broadcast', 'notification_id', many)).toBe(1)
    expect(await countOf('broadcast', 'notification_id', few)).toBe(0)
  })
})

describe('a follower who shows up', () => {
  it('has it as an item like any other, behind what he had, and counted', async () => {
    const actor = ada()
    const [fan] = await followers(actor, 1)
    const before = aNewItem({ userId: fan })
    await addItems(database, before)
    const [first, second] = [await send(actor), await send(actor)]
    expect(await here.inbox(fan)).toEqual({ unreadCount: 3, notifications: [second, first, before.notificationId] })
    expect(await itemsOf(fan)).toMatchObject([
      { seq: 1, id: before.notificationId },
      { seq: 2, id: first, title: 'Ada has posted', body: `Look, ${fan}` },
      { seq: 3, id: second },
    ])
    expect(await there.inbox(fan)).toEqual(await here.inbox(fan))
  })

  it.each<[string, string, unknown]>([
    ['counts', '{ viewer { unreadCount } }', { viewer: { unreadCount: 1 } }],
    [
      'counts by category',
      '{ viewer { unreadByCategory { category count } } }',
      { viewer: { unreadByCategory: [{ category: 'social.post', count: 1 }] } },
    ],
    [
      'marks what he has as read',
      'mutation { markRead(ids: ["inb_00000000000000000000000000~x"]) { ... on InboxItemsPayload { viewer { unreadCount } } } }',
      undefined,
    ],
  ])('has it when he %s', async (_what, query, data) => {
    const actor = ada()
    const [fan] = await followers(actor, 1)
    await send(actor)
    const answer = await run(here.app, fan, query)
    if (data !== undefined) expect(answer).toEqual({ data })
    expect(await itemsOf(fan)).toHaveLength(1)
  })

  it('has it once, however many of his devices read at once, through whatever gateways', async () => {
    const actor = ada()
    const fans = await followers(actor, 5)
    const ids = [await send(actor), await send(actor), await send(actor)]
    const all = await Promise.all(
      fans.flatMap((fan) => Array.from({ length: 8 }, (_, n) => (n % 2 ? here : there).inbox(fan))),
    )
    expect(all).toEqual(all.map(() => ({ unreadCount: 3, notifications: ids.toReversed() })))
    for (const fan of fans) {
      expect(await itemsOf(fan)).toMatchObject(ids.map((id, n) => ({ seq: n + 1, id })))
      expect(await database.log.readInboxHead(fan)).toMatchObject({ seq: 3, unread: 3 })
    }
  })

  it('has all of many that he has missed, in their order, and more than fit into one transaction', async () => {
    const actor = ada()
    const [fan] = await followers(actor, 1, ago(60))
    const first = await send(actor)
    const { rows } = await pool.query<{ ids: string[] }>(
      `WITH made AS (
          INSERT INTO notification
          SELECT (jsonb_populate_record(n, jsonb_build_object('id', n.id || '-' || lpad(k::text, 3, '0')))).*
          FROM notification n, generate_series(1, 219) AS k WHERE n.id = $1 RETURNING id
        ), next AS (UPDATE newest_broadcast SET number = number + 219 RETURNING number)
        INSERT INTO broadcast (number, notification_id, actor_id, sent_at, made_at)
        SELECT number - 219 + row_number() OVER (ORDER BY id), id, $2, now(), now() FROM made, next
        RETURNING (SELECT array_agg(id ORDER BY id) FROM made) AS ids`,
      [first, actor],
    )
    const ids = [first, ...(rows[0]?.ids ?? [])]
    expect(ids).toHaveLength(220)
    await run(here.app, fan, '{ viewer { unreadCount } }')
    expect(await itemsOf(fan)).toMatchObject(ids.map((id, n) => ({ seq: n + 1, id })))
    const other = await followers(unique('somebody'), 1)
    expect((await here.inbox(other[0])).notifications).toEqual([])
  })

  it('is shown it before it is stored, and the same afterwards, in whatever he asks for', async () => {
    const actor = ada()
    const [fan] = await followers(actor, 1)
    await addItems(database, aNewItem({ userId: fan, category: 'social.like' }))
    const id = await send(actor)
    const source = `{ viewer { unreadCount unreadByCategory { category count }
      all: inbox { nodes { id notificationId title body data sentAt readAt archivedAt actions { id } } pageInfo { endCursor } }
      one: inbox(first: 1) { nodes { notificationId } pageInfo { hasNextPage } }
      posts: inbox(category: "social.post", unreadOnly: true) { nodes { notificationId } }
      likes: inbox(category: "social.like") { nodes { notificationId } }
      archived: inbox(archived: true) { nodes { notificationId } } } }`
    const { promise: mayStore, resolve: store } = Promise.withResolvers<void>()
    const slow = broadcaster.gateway({
      database: {
        ...database,
        log: { ...database.log, materialise: (work) => mayStore.then(() => database.log.materialise(work)) },
      },
    })
    const ask = async (query: string) => {
      const contextValue = { app: slow.app, principal: aViewer(fan), idempotencyKey: undefined }
      return JSON.parse(JSON.stringify((await graphql({ schema, source: query, contextValue })).data)).viewer
    }
    const shown = await ask(source.replace('unreadByCategory { category count }', ''))
    expect(await itemsOf(fan)).toHaveLength(1)
    expect(shown).toMatchObject({
      unreadCount: 2,
      all: { nodes: [{ notificationId: id, title: 'Ada has posted' }, {}] },
      one: { nodes: [{ notificationId: id }], pageInfo: { hasNextPage: true } },
      posts: { nodes: [{ notificationId: id }] },
      likes: { nodes: [{}] },
      archived: { nodes: [] },
    })
    store()
    await slow.settled()
    expect(await itemsOf(fan)).toHaveLength(2)
    const { unreadByCategory, ...stored } = await ask(source)
    expect(stored).toEqual(shown)
    expect(unreadByCategory).toHaveLength(2)
  })

  it('is counted right by whoever read before it was stored and looks when it is', async () => {
    const actor = ada()
    const [fan] = await followers(actor, 1)
    await send(actor)
    const { broadcasts } = here.app
    const readHead = async () => {
      const { behind, ...head } = await database.log.readInboxHead(fan)
      return { head, behind }
    }
    const { promise: mayLook, resolve: look } = Promise.withResolvers<void>()
    const slow = broadcasts.ahead(fan, async () => {
      const head = await readHead()
      await mayLook
      return head
    })
    const quick = await broadcasts.ahead(fan, readHead)
    await here.settled()
    look()
    for (const { found, coming } of [quick, await slow]) expect(found.head.unread + coming.length).toBe(1)
  })

  it('has it although the gateway that has shown it to him died before it was stored', async () => {
    const actor = ada()
    const [fan] = await followers(actor, 1)
    const id = await send(actor)
    let isDying = true
    const dying = broadcaster.gateway({
      database: {
        ...database,
        log: {
          ...database.log,
          materialise: (work) => (isDying ? Promise.reject(new Error('killed')) : database.log.materialise(work)),
        },
      },
    })
    expect(await dying.inbox(fan)).toEqual({ unreadCount: 1, notifications: [id] })
    await run(dying.app, fan, 'mutation { markAllRead { before } }')
    expect(await itemsOf(fan)).toEqual([])
    isDying = false
    expect(await dying.inbox(fan)).toEqual({ unreadCount: 1, notifications: [id] })
    expect(await itemsOf(fan)).toMatchObject([{ seq: 1, id }])
    const reborn = broadcaster.gateway()
    expect(await reborn.inbox(fan)).toEqual({ unreadCount: 1, notifications: [id] })
  })
})

describe('a broadcast that nobody can make anything of', () => {
  it('keeps nobody from the others', async () => {
    const actor = ada()
    const [fan] = await followers(actor, 1)
    const before = await send(actor)
    const lacking = await send(actor, { data: {} })
    await send(actor, { template: 'gone', templateVersion: 7 })
    const after = await send(actor)
    expect(await here.inbox(fan)).toEqual({ unreadCount: 2, notifications: [after, before] })
    expect(await database.log.readDeliveries(lacking, [fan])).toMatchObject([
      { state: 'FAILED', reason: 'render_error' },
    ])
    expect(await countOf('dead_letter', 'notification_id', lacking)).toBe(1)
  })
})

describe('whom it is for', () => {
  it('is who followed when it was sent, whatever came before and after', async () => {
    const actor = ada()
    const [stays, left, returned, late, away, twice] = (await followers(actor, 6, ago(100))) as string[]
    const end = (followerId = '', seconds = 0) =>
      removeFollows(pool, { actorId: actor, followerIds: [followerId] }, ago(seconds))
    const follow = (followerId = '', seconds = 0) =>
      upsertFollows(pool, { actorId: actor, followerIds: [followerId], notify: false }, ago(seconds))
    // At 50 seconds ago it is sent.
    await end(left, 60)
    await end(late, 90).then(() => follow(late, 40))
    await end(returned, 80).then(() => follow(returned, 70))
    await end(away, 30)
    await end(twice, 45).then(() => follow(twice, 20))
    const id = await send(actor, { createdAt: ago(50) })
    const has = async (fan = '') => (await here.inbox(fan)).notifications
    expect(await has(stays)).toEqual([id])
    expect(await has(left)).toEqual([])
    expect(await has(returned)).toEqual([id])
    expect(await has(late)).toEqual([])
    expect(await has(away)).toEqual([id])
    expect(await has(twice)).toEqual([id])
  })

  it('is of the instant for which it was scheduled', async () => {
    const actor = ada()
    const [early] = await followers(actor, 1, ago(100))
    const [late] = await followers(actor, 1, ago(10))
    await removeFollows(pool, { actorId: actor, followerIds: [early] }, ago(20))
    const id = await send(actor, { createdAt: ago(50), sendAt: ago(5) })
    expect((await here.inbox(early)).notifications).toEqual([])
    expect((await here.inbox(late)).notifications).toEqual([id])
  })

  it('is nobody who came to be later, and everybody who has never got anything', async () => {
    const actor = ada()
    const [old] = await followers(actor, 1, ago(100))
    const id = await send(actor)
    const [new_] = await followers(actor, 1)
    const next = await send(actor)
    expect((await here.inbox(new_)).notifications).toEqual([next])
    // Something else comes first: his head is made by it, and misses nothing.
    await addItems(database, aNewItem({ userId: old, notificationId: 'ntf_other' }))
    expect((await here.inbox(old)).notifications).toEqual([next, id, 'ntf_other'])
  })

  it('is found by whom somebody follows, where very much has been broadcast', async () => {
    const [fan] = await followers(ada(), 1, ago(100))
    const actors = Array.from({ length: 130 }, ada)
    for (const actor of actors) await send(actor)
    const [first = '', second = ''] = actors
    await upsertFollows(pool, { actorId: second, followerIds: [fan], notify: false }, new Date())
    await upsertFollows(pool, { actorId: first, followerIds: [fan], notify: false }, ago(90))
    const { rows } = await pool.query<{ id: string }>(
      'SELECT notification_id AS id FROM broadcast WHERE actor_id = $1',
      [first],
    )
    expect((await here.inbox(fan)).notifications).toEqual(rows.map(({ id }) => id))
  })

  it('is nobody whose hard stop, muted category or closed inbox says otherwise when he shows up', async () => {
    const actor = ada()
    const [plain, stopped, muted, closed, opened] = (await followers(actor, 5)) as string[]
    const set = (userId = '', channels: object, overrides: object) =>
      pool.query(
        `INSERT INTO preference (user_id, channel_order, channels, category_overrides) VALUES ($1, '{}', $2, $3)
          ON CONFLICT (user_id) DO UPDATE SET channels = $2, category_overrides = $3`,
        [userId, JSON.stringify(channels), JSON.stringify(overrides)],
      )
    await set(opened, { IN_APP: false }, {})
    const id = await send(actor)
    await pool.query('UPDATE users SET hard_stop = true WHERE user_id = $1', [stopped])
    await set(muted, {}, { 'social.post': { '*': false } })
    await set(closed, { IN_APP: false }, {})
    await set(opened, {}, {})
    const has = async (fan = '') => (await here.inbox(fan)).notifications
    expect(await has(plain)).toEqual([id])
    expect(await has(opened)).toEqual([id])
    for (const fan of [stopped, muted, closed]) expect(await has(fan)).toEqual([])
    // Decided once: what he changes later is for what comes later.
    await set(muted, {}, {})
    expect(await has(muted)).toEqual([])
    const { rows } = await pool.query(
      'SELECT recipient_id AS fan, state, reason FROM delivery WHERE notification_id = $1 AND state <> $2 ORDER BY reason',
      [id, 'SENT'],
    )
    expect(rows).toEqual([
      { fan: closed, state: 'SUPPRESSED', reason: 'channel_off' },
      { fan: stopped, state: 'SUPPRESSED', reason: 'hard_stop' },
      { fan: muted, state: 'SUPPRESSED', reason: 'opted_out' },
    ])
  })

  it('is still everybody after its deadline, if it was made before it, and nobody if it was not', async () => {
    const actor = ada()
    const [fan] = await followers(actor, 1, ago(100))
    const inTime = await send(actor, { expiresAt: new Date(Date.now() + 600) })
    await send(actor, { createdAt: ago(50), expiresAt: ago(1) })
    await expect
      .poll(() => findNotification(pool, inTime).then((each) => (each?.expiresAt ?? 0) < new Date()), { timeout: 5000 })
      .toBe(true)
    expect((await here.inbox(fan)).notifications).toEqual([inTime])
  })
})

describe('one that is over', () => {
  it('when it is cancelled comes to nobody who has not shown up, and stays with those who have', async () => {
    const actor = ada()
    const [early, late] = (await followers(actor, 2)) as string[]
    const id = await send(actor)
    expect((await here.inbox(early ?? '')).notifications).toEqual([id])
    // Done: there is nothing left to do, but for those who have not shown up.
    await pool.query(`UPDATE notification SET state = 'DONE', due_at = NULL WHERE id = $1`, [id])
    expect(await cancelNotification(pool, id)).toMatchObject({ state: 'CANCELLED' })
    expect((await here.inbox(late ?? '')).notifications).toEqual([])
    expect((await here.inbox(early ?? '')).notifications).toEqual([id])
    expect(await cancelNotification(pool, id)).toBeUndefined()
  })

  it('when it is cancelled before it has begun never begins', async () => {
    const actor = ada()
    const [fan] = await followers(actor, 1)
    const { id } = await broadcaster.accept({ audience: { followersOf: actor } })
    await cancelNotification(pool, id)
    await broadcaster.expand(id)
    expect((await here.inbox(fan)).notifications).toEqual([])
  })

  it('when it is old comes to nobody any more, and the follows that it asked for are forgotten', async () => {
    const actor = ada()
    const [fan, gone, recent] = (await followers(actor, 3, ago(200 * 86_400))) as string[]
    await send(actor)
    await pool.query(`UPDATE broadcast SET made_at = made_at - interval '91 days' WHERE actor_id = $1`, [actor])
    await removeFollows(pool, { actorId: actor, followerIds: [gone ?? ''] }, ago(98 * 86_400))
    await removeFollows(pool, { actorId: actor, followerIds: [recent ?? ''] }, ago(96 * 86_400))
    await tidy(pool, { deviceInactiveDays: 0, retentionDays: 0, broadcastDays: 90 }, new Date())
    expect((await here.inbox(fan ?? '')).notifications).toEqual([])
    expect(await countOf('past_follow', 'follower_id', gone ?? '')).toBe(0)
    expect(await countOf('past_follow', 'follower_id', recent ?? '')).toBe(1)
  })
})

it('numbers are given in the order in which they can be seen', async () => {
  const { promise: mayCommit, resolve: commit } = Promise.withResolvers<void>()
  const { promise: hasNumber, resolve: gotNumber } = Promise.withResolvers<void>()
  const newest = async () => (await pool.query('SELECT number::int AS n FROM newest_broadcast')).rows[0].n
  const before = await newest()
  const make = (notificationId: string, until?: Promise<void>) =>
    inTransaction(pool, async (client) => {
      const now = new Date()
      const number = await insertBroadcast(client, { notificationId, actorId: 'slow', sentAt: now, madeAt: now })
      gotNumber()
      await until
      return number
    })
  const slow = make('ntf_slow', mayCommit)
  await hasNumber
  const fast = make('ntf_fast')
  try {
    await expect.poll(() => waiters()).toBe(1)
    expect(await newest()).toBe(before)
  } finally {
    commit()
  }
  expect([await slow, await fast]).toEqual([before + 1, before + 2])
  await pool.query(`DELETE FROM broadcast WHERE actor_id = 'slow'`)

  async function waiters(): Promise<number> {
    const { rows } = await pool.query(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
    )
    return rows[0].n
  }
})

describe('push, e-mail and SMS', () => {
  const bySms = { channels: ['IN_APP', 'SMS'] } as const

  async function targetsOf(id: string): Promise<string[]> {
    const { rows } = await pool.query<{ ids: string[] }>(
      `SELECT array_agg(t->>'recipientId' ORDER BY s.page, s.id, place) AS ids
        FROM slice s, jsonb_array_elements(s.targets) WITH ORDINALITY AS e (t, place) WHERE notification_id = $1`,
      [id],
    )
    return rows[0]?.ids ?? []
  }

  it('go to those who asked for them, the rest has it in the inbox alone', async () => {
    const actor = ada()
    const quiet = await followers(actor, 3)
    const keen = await followers(actor, 2, new Date(), true)
    await pool.query(`UPDATE users SET phone = '+15555550100' WHERE user_id = ANY ($1)`, [[...quiet, ...keen]])
    const id = await send(actor, bySms)
    expect((await targetsOf(id)).toSorted()).toEqual(keen.toSorted())
    for (const fan of [...quiet, ...keen]) expect((await here.inbox(fan)).notifications).toEqual([id])
  })

  it('wait in PostgreSQL while their lane has enough to do; the inbox does not', async () => {
    const actor = ada()
    const keen = await followers(actor, 1200, ago(100), true)
    await pool.query(`UPDATE users SET phone = '+15555550100' WHERE user_id = ANY ($1)`, [keen])
    const ids: string[] = []
    for (let n = 0; n < 3; n++) ids.push((await broadcaster.accept({ audience: { followersOf: actor }, ...bySms })).id)
    const turn = (id: string) =>
      fanOut(broadcaster.deps, { notificationId: id, tier: 'SOCIAL', page: 0, generation: 0 })
    for (let n = 0; n < 6; n++) for (const id of ids) await turn(id)
    const { rows } = await pool.query('SELECT count(*)::int AS open FROM slice WHERE open')
    expect(rows[0].open).toBeLessThanOrEqual(12)
    expect((await here.inbox(keen[0])).notifications).toEqual(ids.toReversed())
    await pool.query('UPDATE slice SET open = false, closed_at = now() WHERE open')
    const moveOn = async () => {
      await pool.query('UPDATE slice SET open = false, closed_at = now() WHERE open')
      for (const id of ids) await turn(id)
      return Promise.all(ids.map(async (id) => (await findNotification(pool, id))?.state))
    }
    await expect.poll(moveOn, { timeout: 20_000 }).toEqual(ids.map(() => 'DELIVERING'))
    for (const id of ids) {
      const reached = await targetsOf(id)
      expect(new Set(reached)).toEqual(new Set(keen))
      expect(reached).toHaveLength(keen.length)
    }
  })
})

describe('what is told of it', () => {
  const source = `query ($id: ID!, $fan: ID!) {
    notification(id: $id) { state recipientCount funnel { stage count }
      deliveries { nodes { recipientId channel state reason } } }
    explainDelivery(notificationId: $id, recipientId: $fan) { decisions { channel rule outcome reason } } }`

  async function told(callerId: string, id: string, fan: string) {
    const contextValue = { app: here.app, principal: aCaller({ id: callerId }), idempotencyKey: undefined }
    const answer = await graphql({ schema, source, contextValue, variableValues: { id, fan } })
    if (answer.errors !== undefined) throw answer.errors[0]
    const { notification, explainDelivery } = JSON.parse(JSON.stringify(answer.data))
    const stages = new Map(
      notification.funnel.map((each: { stage: string; count: number }) => [each.stage, each.count]),
    )
    return {
      recipientCount: notification.recipientCount,
      funnel: ['accepted', 'fanned_out', 'suppressed', 'queued', 'dispatched', 'sent'].map((stage) =>
        stages.get(stage),
      ),
      deliveries: notification.deliveries.nodes,
      explained: explainDelivery?.decisions,
    }
  }

  it('omits those who have not shown up, and says what they would get', async () => {
    const actor = ada()
    const [fan, muted, away] = (await followers(actor, 3, ago(50))) as [string, string, string]
    const [keen] = await followers(actor, 1, ago(50), true)
    await pool.query(`UPDATE users SET phone = '+15555550100' WHERE user_id = ANY ($1)`, [[fan, muted, keen]])
    await pool.query(
      `INSERT INTO preference (user_id, channel_order, category_overrides) VALUES ($1, '{}', '{"social.post": {"*": false}}')`,
      [muted],
    )
    const callerId = unique('clr')
    const id = await send(actor, { callerId, channels: ['IN_APP', 'SMS'] })
    const inApp = { channel: 'IN_APP', rule: 'deliver', outcome: 'deliver', reason: null }
    const notAsked = { channel: 'SMS', rule: 'notify', outcome: 'suppress', reason: 'not_asked' }
    const optedOut = { channel: 'IN_APP', rule: 'preference', outcome: 'suppress', reason: 'opted_out' }
    const bySms = { recipientId: keen, channel: 'SMS', state: 'PENDING', reason: null }
    expect(await told(callerId, id, fan)).toEqual({
      recipientCount: 0,
      funnel: [0, 0, 0, 1, 0, 0],
      deliveries: [bySms],
      explained: [notAsked, inApp],
    })
    expect((await told(callerId, id, muted)).explained).toEqual([notAsked, optedOut])
    expect((await told(callerId, id, keen)).explained).toEqual([{ ...inApp, channel: 'SMS' }, inApp])
    expect((await told(callerId, id, unique('stranger'))).explained).toBeUndefined()

    await here.inbox(fan)
    await there.inbox(muted)
    const sent = { recipientId: fan, channel: 'IN_APP', state: 'SENT', reason: null }
    const suppressed = { recipientId: muted, channel: 'IN_APP', state: 'SUPPRESSED', reason: 'opted_out' }
    const inOrder = [sent, suppressed].toSorted((a, b) => (a.recipientId < b.recipientId ? -1 : 1))
    expect(await told(callerId, id, fan)).toEqual({
      recipientCount: 2,
      funnel: [2, 2, 1, 1, 1, 1],
      deliveries: [bySms, ...inOrder],
      explained: [notAsked, inApp, { channel: 'IN_APP', rule: 'state', outcome: 'sent', reason: null }],
    })
    expect((await told(callerId, id, muted)).explained).toEqual([notAsked, optedOut])
    await cancelNotification(pool, id)
    expect((await told(callerId, id, away)).explained).toEqual([notAsked])
  })
})

describe('mark all read', () => {
  it('covers what had been broadcast until then, shown up or not', async () => {
    const actor = ada()
    const [fan] = await followers(actor, 1)
    await send(actor)
    const source = 'mutation { markAllRead { viewer { unreadCount inbox { nodes { readAt } } } } }'
    const { data } = await run(here.app, fan, source)
    expect(data.markAllRead.viewer).toEqual({ unreadCount: 0, inbox: { nodes: [{ readAt: expect.any(String) }] } })
  })

  it('leaves what was broadcast later', async () => {
    const actor = ada()
    const [fan] = await followers(actor, 1, ago(60))
    const before = ago(10)
    const id = await send(actor)
    await run(here.app, fan, 'mutation ($before: DateTime) { markAllRead(before: $before) { before } }', { before })
    expect(await here.inbox(fan)).toEqual({ unreadCount: 1, notifications: [id] })
  })
})

describe('a subscription', () => {
  const document = parse(`subscription ($after: String) { inboxEvents(after: $after) {
    __typename cursor unreadCount ... on InboxItemAdded { item { notificationId } } } }`)

  async function subscriber(app: App, userId: string, after?: string) {
    const contextValue = { app, principal: aViewer(userId), idempotencyKey: undefined }
    const events = await subscribe({ schema, document, contextValue, variableValues: { after } })
    if (!(Symbol.asyncIterator in events)) throw new Error(JSON.stringify(events))
    return {
      async next() {
        const { value } = await events.next()
        if (value?.errors) throw value.errors[0]
        const { __typename, unreadCount, cursor, item } = JSON.parse(JSON.stringify(value?.data?.['inboxEvents']))
        return { told: [__typename, unreadCount, ...(item ? [item.notificationId] : [])], cursor }
      },
      leave: () => events.return?.(),
    }
  }

  it('goes on from a cursor through what was broadcast meanwhile, each once and in order', async () => {
    const actor = ada()
    const [fan] = await followers(actor, 1)
    const first = await subscriber(here.app, fan)
    const { cursor } = await first.next()
    await first.leave()
    const one = await send(actor)
    const other = aNewItem({ userId: fan })
    await addItems(database, other)
    const two = await send(actor)
    const again = await subscriber(there.app, fan, cursor)
    expect((await again.next()).told).toEqual(['InboxReady', 3])
    const events = [await again.next(), await again.next(), await again.next()]
    expect(events.map(({ told }) => told)).toEqual([
      ['InboxItemAdded', 1, other.notificationId],
      ['InboxItemAdded', 2, one],
      ['InboxItemAdded', 3, two],
    ])
    await again.leave()
    const last = await subscriber(here.app, fan, events[1]?.cursor)
    expect((await last.next()).told).toEqual(['InboxReady', 3])
    expect((await last.next()).told).toEqual(['InboxItemAdded', 3, two])
    await last.leave()
  })

  it('tells those who are connected at once, here and there, and nobody who does not follow', async () => {
    const actor = ada()
    const [fan, friend] = (await followers(actor, 2)) as [string, string]
    const [stranger] = await followers(ada(), 1)
    const devices = [
      await subscriber(here.app, fan),
      await subscriber(there.app, fan),
      await subscriber(there.app, friend),
    ]
    const other = await subscriber(here.app, stranger)
    for (const device of [...devices, other]) await device.next()
    const begun = performance.now()
    const ids = [await send(actor), await send(actor)]
    for (const [n, id] of ids.entries()) {
      for (const device of devices) expect((await device.next()).told).toEqual(['InboxItemAdded', n + 1, id])
    }
    expect(performance.now() - begun).toBeLessThan(5000)
    expect(await itemsOf(stranger)).toEqual([])
    await Promise.all([...devices, other].map((device) => device.leave()))
  })

  it('finds what no signal has told of', async () => {
    const actor = ada()
    const [fan] = await followers(actor, 1)
    const deaf = broadcaster.gateway({
      streams: { ...here.app.streams, listen: () => () => undefined },
    })
    const device = await subscriber(deaf.app, fan)
    await device.next()
    const id = await send(actor)
    await deaf.check()
    expect((await device.next()).told).toEqual(['InboxItemAdded', 1, id])
    await device.leave()
  })
})

describe.each([1, 2, 3, 4, 5, 6])('whatever happens, by the dice %i', (seed) => {
  it('an inbox holds what it would hold had everything been written into it', async () => {
    const { below, pick } = dice(seed)
    const actors = [ada(), ada(), ada()] as const
    const fans = Array.from({ length: 6 }, () => unique('fan')) as [string, ...string[]]
    await broadcaster.users(fans)
    let clock = Date.now() - 500_000
    const tick = () => {
      clock += 1 + below(2000)
      return new Date(clock)
    }
    /** What both ways have sent, by the id of the one that was written: they are told apart by their ids alone. */
    const twin = new Map<string, string>()
    for (let n = 0; n < 60; n++) {
      const [actorId, fan, at] = [pick(actors), pick(fans), tick()]
      switch (below(8)) {
        case 0:
        case 1:
          await upsertFollows(pool, { actorId, followerIds: [fan], notify: false }, at)
          break
        case 2:
          await removeFollows(pool, { actorId, followerIds: [fan] }, at)
          break
        case 3:
          await Promise.all([here.inbox(fan), there.inbox(fan)])
          break
        case 4:
          await run(here.app, fan, 'mutation { markAllRead { before } }')
          break
        default: {
          // The written one expands to those who follow now, so it comes before anybody can change his mind.
          const written = await send(actorId, { createdAt: at, fanOut: 'WRITE', template: 'post' })
          twin.set(written, await send(actorId, { createdAt: at }))
        }
      }
    }
    for (const fan of fans) {
      const { unreadCount, notifications } = await here.inbox(fan)
      const written = notifications.filter((id) => twin.has(id))
      const broadcast = notifications.filter((id) => !twin.has(id))
      expect(broadcast).toEqual(written.map((id) => twin.get(id)))
      const { rows } = await pool.query(
        `SELECT array_agg(created_seq ORDER BY created_seq) AS seqs, count(*) FILTER (WHERE read_at IS NULL)::int AS unread
          FROM inbox_item WHERE user_id = $1`,
        [fan],
      )
      const created = (rows[0].seqs ?? []).map(Number)
      expect(new Set(created).size).toBe(notifications.length)
      expect(rows[0].unread).toBe(unreadCount)
    }
  })
})
