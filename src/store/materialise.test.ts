import { afterAll, describe, expect, it } from 'vitest'
import { testCassandra } from '../../test/setup/a-log.ts'
import { addItems, aNewItem } from '../../test/setup/inbox.ts'
import { ownDatabase } from '../../test/setup/own-database.ts'
import { unique } from '../../test/setup/schema-app.ts'
import { insertBroadcast } from './broadcasts.ts'
import { cassandraLog } from './cassandra-log.ts'
import { type Materialising, makeHeads } from './materialise.ts'
import { materialiseByCommit } from './materialise-by-commit.ts'
import { inTransaction } from './transaction.ts'

const database = await ownDatabase('materialise-test')
const { pool } = database
const cassandra = testCassandra('materialise-test')
afterAll(async () => {
  await database.close()
  await cassandra?.close()
})
const engine = cassandra === undefined ? database.log : cassandraLog(pool, cassandra)

async function aBroadcast(): Promise<{ readonly number: number; readonly notificationId: string }> {
  const notificationId = unique('ntf')
  const now = new Date()
  const broadcast = { notificationId, actorId: 'ada', sentAt: now, madeAt: now }
  return { notificationId, number: await inTransaction(pool, (client) => insertBroadcast(client, broadcast)) }
}

const at = new Date('2026-11-22T10:00:00.000Z')

/** These broadcasts to each of these users, who are at `from`; the last one is refused to the last user. */
function work(userIds: readonly string[], broadcasts: readonly Awaited<ReturnType<typeof aBroadcast>>[], from = 0) {
  const upTo = broadcasts.at(-1)?.number ?? 0
  const isRefused = (userId: string, number: number) => userId === userIds.at(-1) && number === upTo
  const result: Materialising = {
    inboxes: userIds.map((userId) => ({ userId, from, upTo })),
    broadcasts: broadcasts.map((each) => ({
      ...{ ...each, tier: 'SOCIAL', category: 'social.post', data: { n: each.number }, sentAt: at },
    })),
    fates: userIds.flatMap((userId) =>
      broadcasts.map(({ number }) =>
        isRefused(userId, number)
          ? { userId, number, state: 'SUPPRESSED', reason: 'opted_out', at, content: null }
          : { userId, number, state: 'SENT', reason: null, at, content: { title: `${number}`, body: '', actions: [] } },
      ),
    ),
  }
  return result
}

describe.each([
  ['as the engine does it', engine, engine.materialise],
  ['by the means of any engine', engine, (given: Materialising) => materialiseByCommit(engine, given)],
] as const)('%s', (_how, log, materialise) => {
  const itemsOf = async (userId: string) =>
    (await log.readInboxPage({ ...whole, userId })).items.map(({ createdSeq, title }) => [createdSeq, title])
  const whole = { beforeSeq: undefined, unreadOnly: false, category: undefined, archived: false, limit: 10 }
  const byUser = (heads: readonly { readonly userId: string }[]) =>
    heads.toSorted((a, b) => (a.userId < b.userId ? -1 : 1))

  it('items come behind what is there, in the order of the broadcasts, counted and logged', async () => {
    const [ada, eve] = [unique('a'), unique('b')]
    await addItems({ log }, aNewItem({ userId: ada }))
    await makeHeads(pool, [ada, eve])
    const [first, second] = [await aBroadcast(), await aBroadcast()]
    expect(byUser(await materialise(work([ada, eve], [first, second])))).toEqual([
      { userId: ada, seq: 3, unread: 3, items: 2 },
      { userId: eve, seq: 1, unread: 1, items: 1 },
    ])
    expect(await itemsOf(ada)).toEqual([
      [3, `${second.number}`],
      [2, `${first.number}`],
      [1, expect.any(String)],
    ])
    expect(await itemsOf(eve)).toEqual([[1, `${first.number}`]])
    expect(await log.readDeliveries(second.notificationId, [eve])).toMatchObject([
      { channel: 'IN_APP', state: 'SUPPRESSED', reason: 'opted_out', updatedAt: at },
    ])
    expect(await log.countLogged(second.notificationId, 'IN_APP')).toEqual(
      new Map([
        ['SENT', 1],
        ['SUPPRESSED', 1],
      ]),
    )
  })

  it('an inbox that has been moved meanwhile, or has no head, is left alone; the others are not', async () => {
    const [moved, headless, still] = [unique('a'), unique('b'), unique('c')]
    await makeHeads(pool, [moved, still])
    const first = await aBroadcast()
    await materialise(work([moved, 'x'], [first]))
    const heads = await materialise(work([moved, headless, still, 'x'], [first]))
    expect(heads).toEqual([{ userId: still, seq: 1, unread: 1, items: 1 }])
    expect(await itemsOf(moved)).toHaveLength(1)
    expect(await itemsOf(headless)).toEqual([])
  })

  it('two at once make items once, and neither waits for ever', async () => {
    const users = Array.from({ length: 20 }, () => unique('u'))
    await makeHeads(pool, users)
    const first = await aBroadcast()
    const all = await Promise.all([
      materialise(work(users, [first])),
      materialise(work(users.toReversed(), [first])),
      materialise(work(users, [first])),
    ])
    expect(all.flat()).toHaveLength(users.length)
  })

  it('what is over, or there already, makes no item', async () => {
    const ada = unique('a')
    await makeHeads(pool, [ada])
    const [over, there, last] = [await aBroadcast(), await aBroadcast(), await aBroadcast()]
    await pool.query('DELETE FROM broadcast WHERE number = $1', [over.number])
    await addItems({ log }, aNewItem({ userId: ada, notificationId: there.notificationId }))
    const heads = await materialise(work([ada, 'x'], [over, there, last]))
    expect(heads).toEqual([{ userId: ada, seq: 2, unread: 2, items: 1 }])
    expect(await log.readDeliveries(over.notificationId, [ada])).toEqual([])
  })
})
