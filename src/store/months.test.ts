import pg from 'pg'
import { ulid } from 'ulid'
import { afterAll, expect, it } from 'vitest'
import { aDatabase } from '../../test/setup/a-database.ts'
import { aMigratedDatabase } from '../../test/setup/a-migrated-database.ts'
import { aNewNotification } from '../../test/setup/a-notification.ts'
import { notificationId, sliceId } from '../domain/ids.ts'
import { migrations } from './migrations.ts'
import { dropMonths, makeMonths } from './months.ts'
import { insertNotification } from './notifications.ts'

const database = await aMigratedDatabase()
const { pool } = database
afterAll(() => database.close())

const tables = ['notification', 'page', 'slice', 'delivery', 'delivery_attempt', 'reported_counts']
const aDayMs = 24 * 3_600_000

/** The first instant of a month, so many from this one. */
function month(offset: number): Date {
  const now = new Date()
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset, 1))
}

function nameOf(offset: number): string {
  return month(offset).toISOString().slice(0, 7).replace('-', '_')
}

async function partsOf(table: string): Promise<readonly string[]> {
  const { rows } = await pool.query<{ name: string }>(
    'SELECT relname AS name FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = $1::regclass ORDER BY 1',
    [table],
  )
  return rows.map(({ name }) => name.replace(`${table}_`, ''))
}

/** A notification of an instant, with a row in each of the tables. */
async function aNotificationOf(at: Date, { done = true, open = false } = {}): Promise<string> {
  const id = notificationId(ulid(at.getTime()))
  await insertNotification(pool, aNewNotification({ id, createdAt: at }))
  if (done)
    await pool.query(`UPDATE notification SET state = 'DONE', due_at = NULL, done_at = now() WHERE id = $1`, [id])
  await pool.query(
    `WITH page AS (INSERT INTO page (notification_id, number, recipient_count, decided, counts) VALUES ($1, 0, 1, '{}', '{}')),
      slice AS (INSERT INTO slice (id, notification_id, page, tier, channel, targets, open, due_at)
        VALUES ($2, $1, 0, 'SOCIAL', 'SMS', '[]', $3, now() + interval '1 hour')),
      delivery AS (INSERT INTO delivery (notification_id, recipient_id, channel, state, updated_at)
        VALUES ($1, 'ada', 'SMS', 'FAILED', now())),
      attempt AS (INSERT INTO delivery_attempt (notification_id, recipient_id, channel, attempt, target, at, provider, outcome,
        latency_ms) VALUES ($1, 'ada', 'SMS', 1, '', now(), 'twilio', 'permanent', 1)),
      letter AS (INSERT INTO dead_letter (notification_id, recipient_id, channel, reason, attempts, at)
        VALUES ($1, 'ada', 'SMS', 'permanent', 1, now()))
    INSERT INTO reported_counts VALUES ($1, 0, 0, 0, 0, 0, 0, 0)`,
    [id, sliceId(id, 0, 'SMS', 0), open],
  )
  return id
}

/** In how many of the tables, and of dead_letter, there is something of each. */
async function tablesWith(ids: readonly string[]): Promise<readonly number[]> {
  const each = [...tables, 'dead_letter'].map((table) => {
    const key = table === 'notification' ? 'id' : 'notification_id'
    return `(SELECT count(*) FROM ${table} WHERE ${key} = given)`
  })
  const { rows } = await pool.query<{ n: number }>(
    `SELECT (${each.join(' + ')})::int AS n FROM unnest($1::text[]) WITH ORDINALITY AS ids (given, i) ORDER BY i`,
    [ids],
  )
  return rows.map(({ n }) => n)
}

it('reads the time of an id as ulid writes it', async () => {
  for (const at of [
    new Date(1),
    new Date('2026-12-01T00:00:00.001Z'),
    month(0),
    new Date('2099-12-31T23:59:59.999Z'),
  ]) {
    const { rows } = await pool.query('SELECT id_time($1) AS text', [at])
    expect(rows).toEqual([{ text: ulid(at.getTime()).slice(0, 10).toLowerCase() }])
  }
})

it('makes the months that come in every table, and nothing where they are there, for any number that ask at once', async () => {
  await Promise.all([makeMonths(pool), makeMonths(pool), makeMonths(pool)])
  for (const table of tables) expect(await partsOf(table)).toEqual([nameOf(2), nameOf(3), 'past'].toSorted())
  const { rows } = await pool.query(`SELECT relname, reloptions FROM pg_class WHERE relname = $1`, [
    `delivery_${nameOf(2)}`,
  ])
  expect(rows).toEqual([{ relname: `delivery_${nameOf(2)}`, reloptions: ['fillfactor=80'] }])
  const later = await aNotificationOf(month(3))
  expect(await tablesWith([later])).toEqual([7])
  const { rows: where } = await pool.query(
    'SELECT tableoid::regclass::text AS part FROM slice WHERE notification_id = $1',
    [later],
  )
  expect(where).toEqual([{ part: `slice_${nameOf(3)}` }])
})

/** As it is some months after the migration: the past ends `months` ago, and each month since then has its own. */
async function longAfter(months: number): Promise<void> {
  const bounds = Array.from({ length: months + 2 }, (_, n) => n - months)
  const { rows } = await pool.query<{ name: string; prefix: string }>('SELECT name, prefix FROM history_tables()')
  for (const { name, prefix } of rows) {
    const bound = async (offset: number) =>
      (await pool.query<{ id: string }>('SELECT $1 || id_time($2) AS id', [prefix, month(offset)])).rows[0]?.id
    await pool.query(`TRUNCATE ${name}; ALTER TABLE ${name} DETACH PARTITION ${name}_past`)
    await pool.query(
      `ALTER TABLE ${name} ATTACH PARTITION ${name}_past FOR VALUES FROM (MINVALUE) TO ('${await bound(-months)}')`,
    )
    for (const offset of bounds) {
      await pool.query(
        `CREATE TABLE ${name}_${nameOf(offset)} PARTITION OF ${name} FOR VALUES FROM ('${await bound(offset)}') TO ('${await bound(offset + 1)}')`,
      )
    }
  }
}

it('drops what is old and done, the oldest month first, and never a month with something open', async () => {
  await longAfter(4)
  const old = await aNotificationOf(month(-9))
  const [first, second, third, young] = await Promise.all(
    [-4, -3, -2, 0].map((offset) => aNotificationOf(month(offset))),
  )
  const ids = [old, first ?? '', second ?? '', third ?? '', young ?? '']
  const now = new Date()
  const days = Math.ceil((now.getTime() - month(-1).getTime()) / aDayMs) - 1
  await pool.query('UPDATE slice SET open = true WHERE notification_id = $1', [second])

  expect(await dropMonths(pool, 0, now)).toEqual([])
  expect(await dropMonths(pool, 3650, now)).toEqual([])
  expect(await tablesWith(ids)).toEqual([7, 7, 7, 7, 7])
  expect(await dropMonths(pool, days, now)).toEqual(['past', nameOf(-4)])
  expect(await tablesWith(ids)).toEqual([0, 0, 7, 7, 7])
  await pool.query('UPDATE slice SET open = false WHERE notification_id = $1', [second])
  await pool.query('UPDATE notification SET due_at = now() WHERE id = $1', [third])
  expect(await dropMonths(pool, days, now)).toEqual([nameOf(-3)])
  await pool.query('UPDATE notification SET due_at = NULL WHERE id = $1', [third])
  expect(await dropMonths(pool, days, now)).toEqual([nameOf(-2)])
  expect(await dropMonths(pool, days, now)).toEqual([])
  expect(await tablesWith(ids)).toEqual([0, 0, 0, 0, 7])
  // Whoever comes with something of then finds room for it, and it goes with the next month.
  const late = await aNotificationOf(month(-4))
  expect(await tablesWith([late])).toEqual([7])
  expect(await dropMonths(pool, days, now)).toEqual(['past'])
  for (const table of tables) expect(await partsOf(table)).toEqual(['past', ...[-1, 0, 1, 2, 3].map(nameOf)].toSorted())
})

it('does not drop what is younger than a week, whatever it is asked for, and waits for nobody for long', async () => {
  const young = await aNotificationOf(new Date())
  await pool.query(`SELECT drop_month(now() + interval '5 years')`)
  expect(await tablesWith([young])).toEqual([7])
  await aNotificationOf(month(-9))
  const reader = await pool.connect()
  await reader.query('BEGIN')
  await reader.query('SELECT count(*) FROM page')
  const begun = performance.now()
  await expect(dropMonths(pool, 7, new Date())).rejects.toMatchObject({ code: '55P03' })
  expect(performance.now() - begun).toBeLessThan(2000)
  await reader.query('ROLLBACK')
  reader.release()
  expect(await dropMonths(pool, 7, new Date())).toEqual(['past'])
})

it('takes over tables with rows, keys, indexes and grants, below statements that are prepared', async () => {
  const empty = await aDatabase()
  const client = new pg.Client({ connectionString: empty.url })
  await client.connect()
  const all = await migrations()
  for (const { sql } of all.filter(({ name }) => name < '0020')) await client.query(sql)
  const indexesNow = async () =>
    (
      await client.query(
        `SELECT tablename, indexname, replace(indexdef, ' ON ONLY ', ' ON ') AS indexdef FROM pg_indexes
        WHERE tablename = ANY($1) ORDER BY 1, 2`,
        [tables],
      )
    ).rows
  const before = await indexesNow()
  const id = notificationId(ulid())
  const insert = {
    name: 'insert',
    text: `INSERT INTO page (notification_id, number, recipient_count, decided, counts) VALUES ($1, $2, 1, '{}', '{}') RETURNING *`,
  }
  const read = { name: 'read', text: 'SELECT * FROM page WHERE notification_id = $1 ORDER BY number' }
  for (let n = 0; n < 7; n++) {
    await client.query({ ...insert, values: [id, n] })
    await client.query({ ...read, values: [id] })
  }
  await client.query('GRANT SELECT, INSERT ON page TO pg_monitor')
  for (const { sql } of all.filter(({ name }) => name >= '0020')) await client.query(sql)
  expect(await indexesNow()).toEqual(before)
  await client.query({ ...insert, values: [id, 7] })
  expect((await client.query({ ...read, values: [id] })).rowCount).toBe(8)
  await expect(client.query({ ...insert, values: [id, 7] })).rejects.toMatchObject({ code: '23505' })
  const { rows } = await client.query(
    `SELECT has_table_privilege('pg_monitor', 'page', 'INSERT') AS may, has_table_privilege('pg_monitor', 'page', 'DELETE') AS not`,
  )
  expect(rows).toEqual([{ may: true, not: false }])
  await client.end()
  await empty.drop()
})
