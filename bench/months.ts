import { randomBytes } from 'node:crypto'
import { ulid } from 'ulid'
import { noCounts } from '../src/domain/funnel.ts'
import { notificationId, sliceId } from '../src/domain/ids.ts'
import { type Database, openDatabase } from '../src/store/database.ts'
import { takeDueNotifications, takeDueSlices } from '../src/store/due.ts'
import { finishNotification } from '../src/store/finish.ts'
import { migrations } from '../src/store/migrations.ts'
import { acceptNotification, type NewNotification } from '../src/store/notifications.ts'
import { commitPage } from '../src/store/pages.ts'
import { closeSlice } from '../src/store/slices.ts'
import { median, rounded } from './numbers.ts'
import type { Report, Row, SuiteOptions } from './report.ts'
import { inTurn, worstForeign } from './rounds.ts'
import { startBenchServers } from './servers.ts'

const recipients = 500
const perSlice = 100

/** What it costs that tables go by months: the same work on tables of one piece and on fifteen months, in turn. */
export async function months({ quick, say }: SuiteOptions): Promise<Report> {
  const servers = await startBenchServers()
  say('making two databases: of one piece, and of fifteen months with history in each')
  const whole = await aDatabase(servers.env.DATABASE_URL, (name) => name < '0020')
  const parted = await aDatabase(servers.env.DATABASE_URL, () => true)
  await longAfter(parted, 13)
  const databases: Readonly<Record<string, Database>> = { 'one piece': whole, 'fifteen months': parted }
  for (const database of Object.values(databases)) await work(database, quick ? 5 : 60)
  say('measuring in turn')
  const measured = await inTurn(Object.keys(databases), quick ? 2 : 7, async (name) => {
    const database = databases[name]
    if (database === undefined) throw new Error(`there is no database ${name}`)
    return work(database, quick ? 10 : 100)
  })
  const sizes = await bytesOf(parted)
  await Promise.all([whole.close(), parted.close()])
  await servers.stop()
  const rows = [...measured].map(([name, values]): Row => {
    const of = (key: keyof Costs) => rounded(median(values.map(({ value }) => value[key])), 2)
    return {
      tables: name,
      'accept ms': of('accept'),
      'page ms': of('page'),
      'log 100 ms': of('log'),
      'close slice ms': of('close'),
      'finish ms': of('finish'),
      'nothing due ms': of('idlePoll'),
      '500 due ms': of('fullPoll'),
      'foreign cores': worstForeign(values),
    }
  })
  return {
    tables: [
      { title: 'store calls on one connection, medians of rounds', rows },
      { title: 'bytes in PostgreSQL, indexes included', rows: sizes },
    ],
    notes: [
      'A page has 500 recipients and five slices; a log entry of a slice is 100 deliveries with an attempt each. "Nothing due" and "500 due" are the two statements of a relay that polls.',
      'PostgreSQL commits synchronously (fsync).',
      'Among the slices are those that the polls took, which have no deliveries.',
    ],
  }
}

async function aDatabase(server: string, isWanted: (migration: string) => boolean): Promise<Database> {
  const name = `bench_${randomBytes(6).toString('hex')}`
  const admin = openDatabase({ url: server, maxConnections: 1, name: 'bench' })
  await admin.pool.query(`CREATE DATABASE ${name}`)
  await admin.close()
  const url = Object.assign(new URL(server), { pathname: name }).href
  const database = openDatabase({ url, maxConnections: 1, name: 'bench' })
  for (const { sql } of (await migrations()).filter((each) => isWanted(each.name))) await database.pool.query(sql)
  return database
}

/** As it is so many months after the migration: each has a part of its own, with something in it. */
async function longAfter({ pool }: Database, count: number): Promise<void> {
  const { rows } = await pool.query<{ name: string; prefix: string }>('SELECT name, prefix FROM history_tables()')
  for (const { name, prefix } of rows) {
    await pool.query(`ALTER TABLE ${name} DETACH PARTITION ${name}_past`)
    await pool.query(`DO $$ BEGIN
      EXECUTE format('ALTER TABLE ${name} ATTACH PARTITION ${name}_past FOR VALUES FROM (MINVALUE) TO (%L)',
        '${prefix}' || id_time(month_begins(-${count})));
      FOR n IN -${count}..1 LOOP
        EXECUTE format('CREATE TABLE %I PARTITION OF ${name} FOR VALUES FROM (%L) TO (%L)',
          '${name}' || to_char(month_begins(n), '_YYYY_MM'), '${prefix}' || id_time(month_begins(n)), '${prefix}' || id_time(month_begins(n + 1)));
      END LOOP;
    END $$`)
  }
}

/** What a row takes, and how many there are of it for one delivery. */
async function bytesOf({ pool }: Database): Promise<readonly Row[]> {
  const tables = ['notification', 'page', 'slice', 'delivery', 'delivery_attempt']
  const { rows: counts } = await pool.query<{ deliveries: number }>('SELECT count(*)::int AS deliveries FROM delivery')
  const deliveries = counts[0]?.deliveries ?? 1
  return Promise.all(
    tables.map(async (table) => {
      const { rows } = await pool.query<{ bytes: number; count: number }>(
        `SELECT sum(pg_total_relation_size(inhrelid))::float8 AS bytes, (SELECT count(*) FROM ${table})::int AS count
          FROM pg_inherits WHERE inhparent = '${table}'::regclass`,
      )
      const { bytes = 0, count = 1 } = rows[0] ?? {}
      return {
        table,
        rows: count,
        'bytes a row': rounded(bytes / count),
        'bytes a delivery': rounded(bytes / deliveries, 1),
      }
    }),
  )
}

interface Costs {
  readonly accept: number
  readonly page: number
  readonly log: number
  readonly close: number
  readonly finish: number
  readonly idlePoll: number
  readonly fullPoll: number
}

/** Milliseconds for one call of each. */
async function work(database: Database, times: number): Promise<Costs> {
  const { pool } = database
  const spent = { accept: 0, page: 0, log: 0, close: 0, finish: 0 }
  const timed = async <T>(what: keyof typeof spent, run: () => Promise<T>): Promise<T> => {
    const begun = performance.now()
    const result = await run()
    spent[what] += performance.now() - begun
    return result
  }
  for (let n = 0; n < times; n++) {
    const notification = aNotification()
    const { id } = notification
    const users = Array.from({ length: recipients }, (_, i) => `u-${n}-${i}`)
    await timed('accept', () => acceptNotification(pool, notification, undefined))
    const slices = Array.from({ length: recipients / perSlice }, (_, i) => ({
      id: sliceId(id, 0, 'SMS', i),
      notificationId: id,
      page: 0,
      tier: 'SOCIAL' as const,
      channel: 'SMS' as const,
      attempt: 1,
      targets: users.slice(i * perSlice, (i + 1) * perSlice).map((recipientId) => ({ recipientId })),
      reason: null,
      dueAt: new Date(Date.now() + 60_000),
    }))
    await timed('page', () =>
      commitPage(database, {
        notificationId: id,
        number: 0,
        isLast: true,
        cursor: null,
        recipientCount: recipients,
        decided: { words: ['deliver'], of: Object.fromEntries(users.map((user) => [user, [-1, -1, -1, 0]])) },
        counts: { ...noCounts, dispatched: recipients },
        inboxItems: [],
        slices,
        suppressions: [],
        deadLetters: [],
      }),
    )
    for (const slice of slices) {
      const keys = slice.targets.map(({ recipientId }) => ({
        notificationId: id,
        recipientId,
        channel: 'SMS' as const,
      }))
      await timed('log', () =>
        database.log.logDeliveries(
          keys.map((key) => ({
            ...key,
            state: 'SENT' as const,
            reason: null,
            provider: 'twilio' as const,
            updatedAt: new Date(),
          })),
          keys.map((key) => ({
            ...key,
            attempt: 1,
            target: '',
            at: new Date(),
            provider: 'twilio' as const,
            outcome: 'accepted' as const,
            code: null,
            latencyMs: 1,
            providerMessageId: null,
          })),
        ),
      )
      await timed('close', () =>
        closeSlice(database, {
          sliceId: slice.id,
          notificationId: id,
          counts: { ...noCounts, sent: perSlice },
          children: [],
          deadLetters: [],
          fallbackItems: [],
        }),
      )
    }
    await timed('finish', () => finishNotification(pool, id))
  }
  const polls = 200
  const idlePoll = await poll(database, polls)
  const fullPoll = await pollFull(database, Math.max(2, times / 10))
  const each = recipients / perSlice
  return {
    accept: spent.accept / times,
    page: spent.page / times,
    log: spent.log / times / each,
    close: spent.close / times / each,
    finish: spent.finish / times,
    idlePoll,
    fullPoll,
  }
}

function aNotification(): NewNotification {
  const now = new Date()
  return {
    id: notificationId(ulid()),
    callerId: 'clr_bench',
    tier: 'SOCIAL',
    category: 'social.like',
    template: 'bench',
    templateVersion: 1,
    data: { name: 'Ada' },
    secret: null,
    audience: { userIds: ['ada'] },
    channels: ['SMS'],
    routing: 'EVERY',
    collapseKey: null,
    push: null,
    state: 'ACCEPTED',
    createdAt: now,
    sendAt: null,
    expiresAt: new Date(now.getTime() + 3_600_000),
    dueAt: new Date(now.getTime() + 60_000),
  }
}

async function poll({ pool }: Database, times: number): Promise<number> {
  const begun = performance.now()
  for (let n = 0; n < times; n++) {
    await takeDueNotifications(pool, 'SOCIAL', 500)
    await takeDueSlices(pool, 'SOCIAL', 500)
  }
  return (performance.now() - begun) / times
}

/** 500 slices that fall due at once, taken and closed again. */
async function pollFull({ pool }: Database, times: number): Promise<number> {
  let spent = 0
  for (let n = 0; n < times; n++) {
    const ulidNow = ulid().toLowerCase()
    await pool.query(
      `INSERT INTO slice (id, notification_id, page, tier, channel, targets, due_at)
        SELECT 'slc_' || $1 || '~0~sms~' || n, 'ntf_' || $1, 0, 'SOCIAL', 'SMS', '[]', now() FROM generate_series(1, 500) n`,
      [ulidNow],
    )
    const begun = performance.now()
    const taken = await takeDueSlices(pool, 'SOCIAL', 500)
    spent += performance.now() - begun
    if (taken.length !== 500) throw new Error(`${taken.length} of 500 were taken`)
    await pool.query('UPDATE slice SET open = false WHERE notification_id = $1', [`ntf_${ulidNow}`])
  }
  return spent / times
}
