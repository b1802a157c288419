import { afterAll, expect, it } from 'vitest'
import { address } from '../../test/setup/address.ts'
import { unique } from '../../test/setup/schema-app.ts'
import { openDatabase } from './database.ts'
import { removeTopicMembers, topicExists, upsertTopicMembers } from './topics.ts'

const database = openDatabase({ url: address('DATABASE_URL'), maxConnections: 10, name: 'topics-test' })
const { pool } = database
afterAll(() => database.close())

it('counts who really joined and who really left', async () => {
  const topic = unique('topic')
  const join = (userIds: string[]) => upsertTopicMembers(pool, { topic, userIds }, new Date())
  const leave = (userIds: string[]) => removeTopicMembers(pool, { topic, userIds })
  expect([
    await join(['ada', 'bruno', 'ada']),
    await join(['bruno', 'chiyo']),
    await leave(['ada', 'nobody']),
    await leave(['ada']),
    await leave(['bruno', 'chiyo']),
  ]).toEqual([2, 3, 2, 2, 0])
})

it('is there from its first member on, and stays when the last one has left', async () => {
  const topic = unique('topic')
  expect([await topicExists(pool, topic), await removeTopicMembers(pool, { topic, userIds: ['ada'] })]).toEqual([
    false,
    undefined,
  ])
  await upsertTopicMembers(pool, { topic, userIds: ['ada'] }, new Date())
  await removeTopicMembers(pool, { topic, userIds: ['ada'] })
  expect(await topicExists(pool, topic)).toBe(true)
})

it('counts exactly whoever writes at once, in whichever order, and never deadlocks', async () => {
  const topic = unique('topic')
  const everybody = Array.from({ length: 300 }, (_, n) => `user-${n}`)
  const some = (n: number) => {
    const chosen = everybody.filter((_, index) => (index * 7 + n) % 3 !== 0)
    return n % 2 === 0 ? chosen : chosen.toReversed()
  }
  await Promise.all(
    Array.from({ length: 40 }, (_, n) =>
      n % 3 === 0
        ? removeTopicMembers(pool, { topic, userIds: some(n) })
        : upsertTopicMembers(pool, { topic, userIds: some(n) }, new Date()),
    ),
  )
  const { rows } = await pool.query(
    `SELECT member_count = (SELECT count(*) FROM topic_member WHERE topic = $1) AS exact, member_count > 0 AS some
      FROM topic WHERE name = $1`,
    [topic],
  )
  expect(rows).toEqual([{ exact: true, some: true }])
})
