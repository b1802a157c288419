import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aNewNotification } from '../../test/setup/a-notification.ts'
import { ownDatabase } from '../../test/setup/own-database.ts'
import type { Audience, Notification } from '../domain/notification.ts'
import { nextRecipients } from './audience.ts'
import { removeFollows, upsertFollows } from './follows.ts'
import { isInAudience } from './in-audience.ts'
import { upsertTopicMembers } from './topics.ts'
import { upsertUsers } from './users.ts'

const database = await ownDatabase('audience-test')
const { pool } = database
afterAll(() => database.close())

const at = (second: number) => new Date(Date.UTC(2026, 10, 22, 10, 0, second))
const everybody = Array.from({ length: 25 }, (_, n) => `user-${String(n).padStart(2, '0')}`)
const even = everybody.filter((_, n) => n % 2 === 0)
beforeAll(async () => {
  const users = everybody.map((id, n) => ({ id, attributes: { even: n % 2 === 0 } }))
  await upsertUsers(database, users, at(0))
  await upsertFollows(pool, { actorId: 'ada', followerIds: even, notify: false }, at(0))
  await upsertTopicMembers(pool, { topic: 'bells', userIds: even }, at(0))
})

function aNotification(audience: Audience, change: Partial<Notification> = {}): Notification {
  const accepted = aNewNotification({ audience, createdAt: at(1) })
  return { ...accepted, recipientCount: 0, funnel: null, pages: 0, audienceCursor: null, ...change }
}

/** The pages of an audience, each read when the one before it has been committed. */
async function pagesOf(audience: Audience, limit: number, change: Partial<Notification> = {}): Promise<string[][]> {
  const pages: string[][] = []
  let [audienceCursor, recipientCount]: [string | null, number] = [null, 0]
  for (;;) {
    const notification = aNotification(audience, { ...change, audienceCursor, recipientCount })
    const { userIds, cursor, isLast } = await nextRecipients(pool, notification, limit)
    pages.push([...userIds])
    if (isLast) return pages
    audienceCursor = cursor
    recipientCount += userIds.length
  }
}

const isEven: Audience = { segment: 'even', filter: { attribute: { path: 'even', equals: true } } }

describe.each<[string, Audience]>([
  ['a list', { userIds: even }],
  ['the followers of an actor', { followersOf: 'ada' }],
  ['a topic', { topic: 'bells' }],
  ['a segment', isEven],
])('%s', (_what, audience) => {
  it('is read page by page, everybody once, and ends with its last page', async () => {
    expect(await pagesOf(audience, 5)).toEqual([even.slice(0, 5), even.slice(5, 10), even.slice(10)])
    expect(await pagesOf(audience, 13)).toEqual([even])
  })

  it('tells who is in it', async () => {
    const meant = await Promise.all(everybody.map((id) => isInAudience(pool, aNotification(audience), id)))
    expect(everybody.filter((_, n) => meant[n])).toEqual(even)
  })
})

describe.each<[string, Audience]>([
  ['an actor whom nobody follows', { followersOf: 'nobody' }],
  ['a topic that everybody has left', { topic: 'empty' }],
  ['a segment that nobody is in', { segment: 'x', filter: { attribute: { path: 'x', exists: true } } }],
])('%s', (_what, audience) => {
  it('is one page without anybody', async () => {
    expect(await pagesOf(audience, 5)).toEqual([[]])
  })
})

it('has nobody who followed or joined after the notification was accepted, unless it was to be sent later', async () => {
  const [late] = everybody.slice(1)
  await upsertFollows(pool, { actorId: 'late', followerIds: [late ?? ''], notify: false }, at(2))
  await upsertTopicMembers(pool, { topic: 'late', userIds: [late ?? ''] }, at(2))
  for (const audience of [{ followersOf: 'late' }, { topic: 'late' }]) {
    expect(await pagesOf(audience, 5)).toEqual([[]])
    expect(await pagesOf(audience, 5, { sendAt: at(3) })).toEqual([[late]])
    expect(await isInAudience(pool, aNotification(audience), late ?? '')).toBe(false)
  }
})

it('has nobody who does not follow any more, and everybody who stays, while others come and go', async () => {
  await upsertFollows(pool, { actorId: 'busy', followerIds: even, notify: false }, at(0))
  const audience = { followersOf: 'busy' }
  const first = await nextRecipients(pool, aNotification(audience), 5)
  await removeFollows(pool, { actorId: 'busy', followerIds: [even[1] ?? '', even[4] ?? '', even[7] ?? ''] }, at(2))
  await upsertFollows(pool, { actorId: 'busy', followerIds: everybody.slice(0, 20), notify: false }, at(2))
  const rest = await nextRecipients(pool, aNotification(audience, { audienceCursor: first.cursor }), 50)
  expect([...first.userIds, ...rest.userIds]).toEqual(even.filter((id) => id !== even[7]))
})

describe('among many users', () => {
  const audience: Audience = { segment: 'rare', filter: { attribute: { path: 'rare', equals: true } } }
  beforeAll(async () => {
    await pool.query(`INSERT INTO users (user_id, attributes)
      SELECT 'many-' || lpad(n::text, 6, '0'), jsonb_build_object('rare', n % 10000 = 0) FROM generate_series(1, 50000) AS n`)
    await pool.query('VACUUM ANALYZE users')
  })

  it('a segment that hardly anybody is in is read in pages that look at some of them each', async () => {
    const pages = await pagesOf(audience, 500)
    expect(pages.length).toBeGreaterThan(2)
    expect(pages.flat()).toEqual(['010000', '020000', '030000', '040000', '050000'].map((n) => `many-${n}`))
  })

  it('a page costs the same at the end as at the beginning', async () => {
    const common: Audience = { segment: 'common', filter: { attribute: { path: 'rare', equals: false } } }
    const near = await rowsRead(common, '')
    expect(near).toBeLessThan(50_000)
    expect(await rowsRead(common, 'many-040000')).toBeLessThanOrEqual(near)
  })

  /** How many rows and entries of indexes of users PostgreSQL reads for one page. */
  async function rowsRead(of: Audience, audienceCursor: string): Promise<number> {
    const client = await pool.connect()
    try {
      await client.query('BEGIN')
      const before = await reads()
      await nextRecipients(client, aNotification(of, { audienceCursor }), 500)
      return (await reads()) - before
    } finally {
      await client.query('ROLLBACK')
      client.release()
    }

    async function reads(): Promise<number> {
      const { rows } = await client.query<{ reads: number }>(
        `SELECT (seq_tup_read + idx_tup_fetch)::int AS reads FROM pg_stat_xact_user_tables WHERE relname = 'users'`,
      )
      return rows[0]?.reads ?? 0
    }
  }
})
