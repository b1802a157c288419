import { afterAll, beforeAll, expect, it } from 'vitest'
import { aMigratedDatabase } from '../../test/setup/a-migrated-database.ts'
import { aNewNotification } from '../../test/setup/a-notification.ts'
import { noCounts } from '../domain/funnel.ts'
import { sliceId } from '../domain/ids.ts'
import { takeDueNotifications, takeDueSlices } from './due.ts'
import { finishNotification } from './finish.ts'
import { acceptNotification, findNotification, type NewNotification } from './notifications.ts'
import { commitPage } from './pages.ts'

/*
 * What the relay asks PostgreSQL, among tens of thousands of rows that have come to their end, and thousands that wait for
 * tomorrow: in a database of its own and over one connection, so that what it reads can be counted.
 */
const database = await aMigratedDatabase(1)
const { pool } = database
/** Everything is in the part that migrating has made; months without a row are looked into as well. */
const tables = ['notification_past', 'page_past', 'slice_past']
const parts = '^(notification|page|slice)_(past|\\d+_\\d+)$'
afterAll(() => database.close())

beforeAll(async () => {
  for (const table of tables) await pool.query(`ALTER TABLE ${table} SET (autovacuum_enabled = false)`)
  await pool.query(
    `INSERT INTO notification (id, caller_id, tier, category, template, template_version, audience, channels, routing,
        fan_out, state, pages, created_at, expires_at, done_at)
      SELECT 'ntf_' || lpad(n::text, 26, '0'), 'clr_1', 'SOCIAL', 'social.like', 'test', 1, '{"userIds":["ada"]}', '{SMS}',
        'EVERY', 'WRITE', 'DONE', 1, now(), now(), now() FROM generate_series(1, 20000) n`,
  )
  await pool.query(
    `UPDATE notification SET state = 'DELIVERING', done_at = NULL, due_at = now() + interval '1 day' WHERE id LIKE '%0'`,
  )
  await pool.query(
    `INSERT INTO slice (id, notification_id, page, tier, channel, targets, open, due_at, counts, closed_at)
      SELECT 'slc_' || substr(id, 5) || '~' || n, id, 0, tier, 'SMS', '[{"recipientId":"ada"}]', due_at IS NOT NULL,
        coalesce(due_at, now()), $1, now() FROM notification, generate_series(1, 3) n`,
    [JSON.stringify(noCounts)],
  )
  await pool.query(
    `INSERT INTO page (notification_id, number, recipient_count, decided, counts)
      SELECT id, 0, 1, '{"words":[],"of":{}}', $1 FROM notification`,
    [JSON.stringify(noCounts)],
  )
  await pool.query('VACUUM ANALYZE')
})

interface Reading<T> {
  readonly result: T
  /** 8 KB each, of tables and indexes, also those that were written. */
  readonly blocks: number
  readonly indexes: readonly string[]
}

/** Does a piece of work, and tells what it took: by what PostgreSQL counts, in a database where nobody else works. */
async function reading<T>(work: () => Promise<T>): Promise<Reading<T>> {
  const before = await counters()
  const result = await work()
  const after = await counters()
  expect(after.wholeTables).toBe(before.wholeTables)
  return {
    result,
    blocks: after.blocks - before.blocks,
    indexes: [...after.scans].flatMap(([index, scans]) => (scans > (before.scans.get(index) ?? 0) ? index : [])),
  }
}

async function counters() {
  await pool.query('SELECT pg_stat_force_next_flush()')
  const { rows } = await pool.query<{ blocks: number; whole: number }>(
    `SELECT sum(heap_blks_hit + heap_blks_read + idx_blks_hit + idx_blks_read)::int AS blocks,
        sum((SELECT seq_tup_read FROM pg_stat_user_tables t WHERE t.relid = io.relid))::int AS whole
      FROM pg_statio_user_tables io WHERE relname ~ $1`,
    [parts],
  )
  const scans = await pool.query<{ name: string; scans: number }>(
    `SELECT regexp_replace(indexrelname, '_past$', '') AS name, idx_scan::int AS scans FROM pg_stat_user_indexes WHERE relname = ANY($1) ORDER BY 1`,
    [tables],
  )
  return {
    blocks: rows[0]?.blocks ?? 0,
    wholeTables: rows[0]?.whole ?? 0,
    scans: new Map(scans.rows.map((row) => [row.name, row.scans])),
  }
}

const aSecondAgo = () => new Date(Date.now() - 1000)

async function accepted(change: Partial<NewNotification> = {}): Promise<string> {
  return (await acceptNotification(pool, aNewNotification(change), undefined)).notification.id
}

/** Its only page is committed, with a slice that is due and that nobody has been told of. */
async function expanded(): Promise<string> {
  const id = await accepted()
  await commitPage(database, {
    notificationId: id,
    number: 0,
    isLast: true,
    cursor: null,
    recipientCount: 1,
    decided: { words: ['deliver'], of: { ada: [-1, -1, -1, 0] } },
    counts: noCounts,
    inboxItems: [],
    slices: [
      {
        id: sliceId(id, 0, 'SMS', 0),
        notificationId: id,
        page: 0,
        tier: 'SOCIAL',
        channel: 'SMS',
        attempt: 1,
        targets: [{ recipientId: 'ada' }],
        reason: null,
        dueAt: aSecondAgo(),
      },
    ],
    suppressions: [],
    deadLetters: [],
  })
  return id
}

it('reads next to nothing when nothing is due', async () => {
  const { result, blocks } = await reading(async () => [
    ...(await takeDueNotifications(pool, 'SOCIAL', 500)),
    ...(await takeDueSlices(pool, 'SOCIAL', 500)),
  ])
  expect(result).toEqual([])
  // The first look of a connection at each month's indexes is in there.
  expect(blocks).toBeLessThan(100)
})

it('finds what was accepted and never published', async () => {
  const id = await accepted({ dueAt: aSecondAgo() })
  const { result, blocks, indexes } = await reading(() => takeDueNotifications(pool, 'SOCIAL', 500))
  expect(result).toEqual([{ id, expanded: false, pages: 0, generation: 1 }])
  expect(indexes).toEqual(['notification_due_idx', 'notification_pkey'])
  expect(blocks).toBeLessThan(60)
})

it('finds the slices of a page that was committed, and never published', async () => {
  const id = await expanded()
  const { result, blocks, indexes } = await reading(() => takeDueSlices(pool, 'SOCIAL', 500))
  expect(result).toEqual([{ id: sliceId(id, 0, 'SMS', 0), channel: 'SMS', generation: 1 }])
  expect(indexes).toEqual(['slice_due_idx', 'slice_pkey'])
  expect(blocks).toBeLessThan(60)
})

it('finds and finishes what has no open slice any more, and was never finished', async () => {
  // A connection looks once into every index that it has not met.
  await finishNotification(pool, await expanded())
  const id = await expanded()
  await pool.query('UPDATE slice SET open = false, counts = $2 WHERE notification_id = $1', [id, noCounts])
  await pool.query('UPDATE notification SET due_at = now() WHERE id = $1', [id])
  const found = await reading(() => takeDueNotifications(pool, 'SOCIAL', 500))
  expect(found.result).toEqual([{ id, expanded: true, pages: 1, generation: 1 }])
  expect(found.blocks).toBeLessThan(60)
  const { result, blocks, indexes } = await reading(() => finishNotification(pool, id))
  expect(result).toBe(true)
  expect(indexes).toEqual(['notification_pkey', 'page_pkey', 'slice_open_idx', 'slice_pkey'])
  // Planning looks into each month, until a plan is kept.
  expect(blocks).toBeLessThan(100)
  expect((await findNotification(pool, id))?.state).toBe('DONE')
})

it('looks at one open slice, not at thousands that have closed, to see that a notification is not done', async () => {
  const id = await expanded()
  await pool.query(
    `INSERT INTO slice (id, notification_id, page, tier, channel, targets, open, due_at, counts, closed_at)
      SELECT 'slc_' || substr($1::text, 5) || '~' || n, $1, 0, 'SOCIAL', 'SMS', '[]', false, now(), $2, now() FROM generate_series(1, 5000) n`,
    [id, noCounts],
  )
  await pool.query('VACUUM ANALYZE slice_past')
  const { result, blocks, indexes } = await reading(() => finishNotification(pool, id))
  expect(result).toBe(false)
  expect(indexes).toEqual(['notification_pkey', 'slice_open_idx'])
  expect(blocks).toBeLessThan(60)
})
