import { afterAll, expect, it } from 'vitest'
import { address } from '../../test/setup/address.ts'
import { unique } from '../../test/setup/schema-app.ts'
import { openDatabase } from './database.ts'
import { removeFollows, upsertFollows } from './follows.ts'

const database = openDatabase({ url: address('DATABASE_URL'), maxConnections: 10, name: 'follows-test' })
const { pool } = database
afterAll(() => database.close())

const at = (second: number) => new Date(Date.UTC(2026, 10, 22, 10, 0, second))

/** When each of them followed the actor, and until when. */
async function intervals(actorId: string) {
  const { rows } = await pool.query<{ follower_id: string; followed_at: Date; ended_at: Date | null }>(
    `SELECT follower_id, followed_at, NULL AS ended_at FROM follow WHERE actor_id = $1
      UNION ALL SELECT follower_id, followed_at, ended_at FROM past_follow WHERE actor_id = $1
      ORDER BY follower_id, followed_at`,
    [actorId],
  )
  return rows.map((row) => [row.follower_id, row.followed_at, row.ended_at])
}

it('counts who really began and who really ended', async () => {
  const actorId = unique('actor')
  const follow = (followerIds: string[]) => upsertFollows(pool, { actorId, followerIds, notify: false }, at(0))
  const unfollow = (followerIds: string[]) => removeFollows(pool, { actorId, followerIds }, at(1))
  expect([
    await follow(['ada', 'bruno', 'ada']),
    await follow(['bruno', 'chiyo']),
    await unfollow(['ada', 'nobody']),
    await unfollow(['ada']),
    await unfollow(['bruno', 'chiyo']),
  ]).toEqual([2, 3, 2, 2, 0])
})

it('follows nobody whom nobody has ever followed', async () => {
  expect(await removeFollows(pool, { actorId: unique('actor'), followerIds: ['ada'] }, at(0))).toBe(0)
})

it('keeps every interval', async () => {
  const actorId = unique('actor')
  const [follow, unfollow] = [
    (second: number) => upsertFollows(pool, { actorId, followerIds: ['ada'], notify: false }, at(second)),
    (second: number) => removeFollows(pool, { actorId, followerIds: ['ada'] }, at(second)),
  ]
  await follow(1)
  await follow(2)
  await unfollow(3)
  await unfollow(4)
  await follow(5)
  expect(await intervals(actorId)).toEqual([
    ['ada', at(1), at(3)],
    ['ada', at(5), null],
  ])
})

it('ends an interval no earlier than it began, and takes one that began twice for one', async () => {
  const actorId = unique('actor')
  const begin = { actorId, followerIds: ['ada'], notify: false }
  await upsertFollows(pool, begin, at(5))
  await removeFollows(pool, begin, at(4))
  await upsertFollows(pool, begin, at(5))
  await removeFollows(pool, begin, at(9))
  expect(await intervals(actorId)).toEqual([['ada', at(5), at(9)]])
})

it('changes who wants to be notified, and not since when they follow', async () => {
  const actorId = unique('actor')
  const follow = (notify: boolean, second: number) =>
    upsertFollows(pool, { actorId, followerIds: ['ada'], notify }, at(second))
  expect([await follow(false, 1), await follow(true, 2)]).toEqual([1, 1])
  const { rows } = await pool.query('SELECT notify, followed_at FROM follow WHERE actor_id = $1', [actorId])
  expect(rows).toEqual([{ notify: true, followed_at: at(1) }])
})

it('counts exactly whoever writes at once, in whichever order, and never deadlocks', async () => {
  const actorId = unique('actor')
  const everybody = Array.from({ length: 300 }, (_, n) => `user-${n}`)
  const some = (n: number) => {
    const chosen = everybody.filter((_, index) => (index * 7 + n) % 3 !== 0)
    return n % 2 === 0 ? chosen : chosen.toReversed()
  }
  await Promise.all(
    Array.from({ length: 40 }, (_, n) =>
      n % 3 === 0
        ? removeFollows(pool, { actorId, followerIds: some(n) }, new Date())
        : upsertFollows(pool, { actorId, followerIds: some(n), notify: n % 2 === 0 }, new Date()),
    ),
  )
  const { rows } = await pool.query(
    `SELECT follower_count = (SELECT count(*) FROM follow WHERE actor_id = $1) AS exact, follower_count > 0 AS some
      FROM actor WHERE actor_id = $1`,
    [actorId],
  )
  expect(rows).toEqual([{ exact: true, some: true }])
})

it('writes ten thousand in one call', async () => {
  const actorId = unique('actor')
  const followerIds = Array.from({ length: 10_000 }, (_, n) => `user-${n}`)
  expect(await upsertFollows(pool, { actorId, followerIds, notify: false }, at(0))).toBe(10_000)
  expect(await removeFollows(pool, { actorId, followerIds }, at(1))).toBe(0)
})
