import { afterAll, describe, expect, test } from 'vitest'
import { testCassandra } from '../../test/setup/a-log.ts'
import { address } from '../../test/setup/address.ts'
import { addItems, aNewItem, fillInbox } from '../../test/setup/inbox.ts'
import { unique } from '../../test/setup/schema-app.ts'
import { behind } from '../domain/inbox-changes.ts'
import type { InboxItem } from '../domain/inbox-item.ts'
import { inboxMarks } from '../domain/inbox-marks.ts'
import type { Cassandra } from './cassandra.ts'
import { cassandraLog } from './cassandra-log.ts'
import { openDatabase } from './database.ts'
import type { LogEngine } from './log-engine.ts'

const database = openDatabase({ url: address('DATABASE_URL'), maxConnections: 10, name: 'cassandra-log-test' })
const { pool } = database
const cassandra = given(testCassandra('cassandra-log-test'))
afterAll(async () => {
  await database.close()
  await cassandra.close()
})

let clock = new Date('2026-09-20T12:00:00.000Z')
const engine = cassandraLog(pool, cassandra, () => clock)
const at = new Date('2026-11-22T12:00:00.000Z')

function given<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('there is no Cassandra: this test belongs to "npm run test:cassandra"')
  return value
}

/** One inbox with each engine, to which the same things are done. */
function twins() {
  const [one, other] = [unique('ada'), unique('ada')]
  return [
    { userId: one, log: engine },
    { userId: other, log: database.log },
  ] as const
}

/** Whose it is does not matter. */
const anonymous = ({ userId: _userId, ...item }: InboxItem) => item

async function allOf(
  log: LogEngine,
  userId: string,
  query: { unreadOnly?: boolean; archived?: boolean; category?: string },
) {
  const seen: InboxItem[] = []
  for (let beforeSeq: number | undefined, isLast = false; !isLast; ) {
    const { unreadOnly = false, archived = false, category } = query
    const { items } = await log.readInboxPage({ userId, beforeSeq, unreadOnly, archived, category, limit: 7 })
    seen.push(...items)
    beforeSeq = items.at(-1)?.createdSeq
    isLast = items.length < 7
  }
  return seen.map(anonymous)
}

async function changesOf(log: LogEngine, userId: string, upTo: number, limit: number) {
  const seen = []
  for (let position = behind(0), isLast = false; !isLast; ) {
    const changes = await log.readInboxChanges(userId, position, upTo, limit)
    if (changes === undefined) return undefined
    for (const { seq, isNew, item } of changes) seen.push({ seq, isNew, item: anonymous(item) })
    const last = changes.at(-1)
    if (last !== undefined)
      position = last.isNew ? behind(last.seq) : { seq: last.seq, createdSeq: last.item.createdSeq }
    isLast = changes.length < limit
  }
  return seen
}

/** Everything that can be asked of an inbox. */
async function picture(log: LogEngine, userId: string, ids: readonly string[]) {
  const head = await log.readInboxHead(userId)
  const items = await log.findInboxItems(userId, ids)
  return {
    head,
    all: await allOf(log, userId, {}),
    unread: await allOf(log, userId, { unreadOnly: true }),
    archived: await allOf(log, userId, { archived: true }),
    hidden: await allOf(log, userId, { archived: true, unreadOnly: true }),
    likes: await allOf(log, userId, { category: 'social.like' }),
    unreadLikes: await allOf(log, userId, { category: 'social.like', unreadOnly: true }),
    counts: await log.countUnreadByCategory(userId),
    found: items.map(anonymous).sort((a, b) => a.createdSeq - b.createdSeq),
    read: await log.areRead(ids.map((notificationId) => ({ notificationId, userId }))),
    deliveries: (await log.listDeliveriesOf(userId, undefined, 10)).map(
      ({ recipientId: _recipientId, ...each }) => each,
    ),
    changes: await changesOf(log, userId, head.seq, 5),
    each: (await log.readOneChangeEach(everySeq(head.seq).map((seq) => ({ userId, seq })))).map((changes) =>
      changes.map(({ seq, isNew, item }) => ({ seq, isNew, item: anonymous(item) })),
    ),
  }
}

describe('an inbox in Cassandra', () => {
  test.each([1, 2, 3])(
    'tells the same as one in PostgreSQL, over months, whatever is done to it (%i)',
    async (seed) => {
      const random = seeded(seed)
      const both = twins()
      const ids: string[] = []
      clock = new Date('2026-09-20T12:00:00.000Z')
      for (let step = 0; step < 60; step++) {
        clock = new Date(clock.getTime() + random() * 2 * 86_400_000)
        const dice = random()
        if (dice < 0.5) {
          const category = random() < 0.5 ? 'social.like' : 'social.follow'
          const item = aNewItem({ userId: '', category, sentAt: new Date(clock), data: { step } })
          ids.push(item.notificationId)
          for (const { userId, log } of both) await addItems({ log }, { ...item, userId })
        } else if (dice < 0.55) {
          const until = new Date(clock.getTime() - random() * 10 * 86_400_000)
          const heads = await Promise.all(both.map(({ userId, log }) => log.markInboxAllRead(userId, until, clock)))
          expect(heads[0]).toEqual(heads[1])
        } else {
          const mark = inboxMarks[Math.floor(random() * inboxMarks.length)] ?? 'markRead'
          const some = ids.filter(() => random() < 0.3)
          const [one, other] = await Promise.all(
            both.map(async ({ userId, log }) => {
              const { head, items } = await log.markInboxItems(mark, userId, some, clock)
              return { head, items: items.map(anonymous) }
            }),
          )
          expect(one).toEqual(other)
        }
      }
      const [one, other] = await Promise.all(both.map(({ userId, log }) => picture(log, userId, ids)))
      expect(one).toEqual(other)
    },
  )

  test('is read from PostgreSQL as long as Cassandra has not been told, and told later', async () => {
    clock = new Date('2026-11-20T12:00:00.000Z')
    const [{ userId }, twin] = twins()
    const isAway: Cassandra = { ...cassandra, write: () => Promise.reject(new Error('away')) }
    const log = cassandraLog(pool, isAway, () => clock)
    const ids: string[] = []
    for (let n = 0; n < 12; n++) {
      const item = aNewItem({ userId })
      ids.push(item.notificationId)
      await addItems({ log: n < 6 ? engine : log }, item)
      await addItems({ log: twin.log }, { ...item, userId: twin.userId })
    }
    for (const each of [
      { log, userId },
      { log: twin.log, userId: twin.userId },
    ]) {
      await each.log.markInboxItems('markRead', each.userId, [ids[0] ?? '', ids[7] ?? ''], at)
      await each.log.markInboxItems('archive', each.userId, ids.slice(5, 9), at)
      await each.log.markInboxItems('markUnread', each.userId, [ids[7] ?? ''], at)
    }
    const told = await picture(twin.log, twin.userId, ids)
    const { deliveries: _later, ...before } = await picture(log, userId, ids)
    expect(before).toEqual({ ...told, deliveries: undefined, ...before })
    expect(before.all).toEqual(told.all)
    await pool.query(`UPDATE log_outbox SET due_at = now() WHERE writes->'inboxes' ? $1`, [userId])
    while (await engine.writeLeftovers());
    const { rows } = await pool.query(`SELECT FROM log_outbox WHERE writes->'inboxes' ? $1`, [userId])
    expect(rows).toEqual([])
    expect(await picture(engine, userId, ids)).toEqual(told)
  })

  test('says that it cannot tell what has happened where something is missing', async () => {
    clock = new Date('2026-11-20T12:00:00.000Z')
    const userId = unique('ada')
    await fillInbox({ log: engine }, userId, 3)
    expect(await engine.readInboxChanges(userId, behind(0), 3, 10)).toHaveLength(3)
    await cassandra.rows('DELETE FROM notification_log WHERE user_id = ? AND month = 202611 AND created_seq = 2', [
      userId,
    ])
    expect(await engine.readInboxChanges(userId, behind(0), 3, 10)).toBeUndefined()
    expect(await engine.readInboxChanges(userId, behind(2), 3, 10)).toHaveLength(1)
  })

  test('forgets whole months after the retention, with what was unread in them', async () => {
    clock = new Date('2026-10-31T23:59:59.000Z')
    const userId = unique('ada')
    await fillInbox({ log: engine }, userId, 3)
    clock = new Date('2026-11-01T00:00:01.000Z')
    const [kept] = await fillInbox({ log: engine }, userId, 1)
    expect(await engine.readInboxHead(userId)).toEqual({ seq: 4, unread: 4, removedSeq: 0, behind: undefined })
    clock = new Date(Date.UTC(2026, 10, 1) + 400 * 86_400_000)
    expect(await engine.readInboxHead(userId)).toEqual({ seq: 4, unread: 1, removedSeq: 3, behind: undefined })
    expect(await allOf(engine, userId, {})).toMatchObject([{ notificationId: kept }])
    const [fresh] = await fillInbox({ log: engine }, userId, 1)
    expect(await engine.readInboxHead(userId)).toMatchObject({ seq: 5, unread: 2 })
    expect(await allOf(engine, userId, {})).toMatchObject([{ notificationId: fresh }, { notificationId: kept }])
  })

  test('of 300,000 items answers as fast as a small one', { timeout: 300_000 }, async () => {
    clock = new Date('2026-11-20T12:00:00.000Z')
    const userId = unique('ada')
    const perMonth = 50_000
    const months = [202606, 202607, 202608, 202609, 202610, 202611]
    await cassandra.write(manyItems(userId, months, perMonth))
    const counts = months.map((month, n) => [month, n * perMonth + 1, n === 0 ? 2 : 0, 0, 0])
    // All but the first two are read; those are far down.
    await cassandra.write(manyStates(userId, months, perMonth))
    await pool.query('INSERT INTO inbox_head (user_id, seq, unread, log) VALUES ($1, $2, 2, $3)', [
      userId,
      months.length * perMonth,
      JSON.stringify({ months: counts, pending: [] }),
    ])
    const page = (more: object) =>
      timed(() =>
        engine.readInboxPage({
          userId,
          beforeSeq: undefined,
          unreadOnly: false,
          category: undefined,
          archived: false,
          limit: 21,
          ...more,
        }),
      )
    await page({})
    const [newest, deep, archived] = [
      await page({}),
      await page({ beforeSeq: 150_010 }),
      await page({ archived: true }),
    ]
    expect(newest.result.items.map(({ createdSeq }) => createdSeq)).toEqual(countdown(300_000, 21))
    expect(deep.result.items.map(({ createdSeq }) => createdSeq)).toEqual(countdown(150_009, 21))
    expect(archived.result.items).toEqual([])
    for (const { ms } of [newest, deep, archived]) expect(ms).toBeLessThan(1000)
    const unread = await page({ unreadOnly: true })
    expect(unread.result.items.map(({ createdSeq }) => createdSeq)).toEqual([2, 1])
    expect(unread.ms).toBeLessThan(20_000)
    const all = await timed(() => engine.markInboxAllRead(userId, at, at))
    expect(all.result).toEqual({ seq: 300_001, unread: 0 })
    expect((await page({ unreadOnly: true })).ms).toBeLessThan(1000)
  })
})

function everySeq(upTo: number): readonly number[] {
  return Array.from({ length: upTo }, (_, n) => n + 1)
}

async function timed<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly ms: number }> {
  const begun = performance.now()
  const result = await work()
  return { result, ms: performance.now() - begun }
}

function countdown(from: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, n) => from - n)
}

function* manyItems(userId: string, months: readonly number[], perMonth: number) {
  for (const [index, month] of months.entries()) {
    for (let n = 1; n <= perMonth; n++) {
      const seq = index * perMonth + n
      yield {
        text: `INSERT INTO notification_log (user_id, month, created_seq, notification_id, tier, category, title, body, sent_at)
          VALUES (?, ?, ?, ?, 'SOCIAL', 'social.like', 'Ada liked your post', 'Have a look', ?) USING TTL 86400`,
        values: [userId, month, seq, `ntf-${seq}`, new Date('2026-06-01T00:00:00.000Z')],
        partition: `${month}`,
      }
    }
  }
}

function* manyStates(userId: string, months: readonly number[], perMonth: number) {
  for (const [index, month] of months.entries()) {
    for (let n = 1; n <= perMonth; n++) {
      const seq = index * perMonth + n
      if (seq < 3) continue
      yield {
        text: `INSERT INTO inbox_state (user_id, month, created_seq, changed_seq, read_at, archived_at)
          VALUES (?, ?, ?, ?, ?, ?) USING TTL 86400`,
        values: [userId, month, seq, seq, new Date('2026-06-02T00:00:00.000Z'), new Date(0)],
        partition: `${month}`,
      }
    }
  }
}

/** Mulberry32. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
