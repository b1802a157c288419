import { z } from 'zod'
import { inTransaction, openDatabase } from '../../src/store/database.ts'
import { insertInboxItems } from '../../src/store/inbox-write.ts'
import { setting } from '../gateway.ts'
import { answerQuestions } from '../process.ts'
import { type Joining, join, joinAll, type Member } from './crowd.ts'
import { inboxEvents, newItemOf, token, viewer } from './viewers.ts'

/*
 * Viewers who come back after a gateway was away, or after they were: what they have missed is in PostgreSQL.
 */

const question = z.discriminatedUnion('do', [
  z.object({ do: z.literal('join'), url: z.string(), count: z.number() }),
  /** One notification to everybody, while nobody is there. */
  z.object({ do: z.literal('miss') }),
  /** All at once, each from where he was. */
  z.object({ do: z.literal('return'), url: z.string() }),
  /** One viewer misses so many events and comes back, again and again. */
  z.object({ do: z.literal('resume'), url: z.string(), missed: z.number(), times: z.number() }),
])

const database = openDatabase({ url: setting('DATABASE_URL'), maxConnections: 4, name: 'bench client' })
const pageSize = 500
const patienceMs = 30_000
let crowd: readonly Member[] = []
let notifications = 0

answerQuestions(async (asked) => {
  const request = question.parse(asked)
  switch (request.do) {
    case 'join': {
      const userIds = Array.from({ length: request.count }, (_, n) => viewer('returning', n))
      crowd = await joinAll(await Promise.all(userIds.map((userId) => joining(request.url, userId))))
      return { joined: crowd.length }
    }
    case 'miss':
      return miss()
    case 'return':
      return comeBack(request.url)
    case 'resume':
      return resume(request.url, request.missed, request.times)
  }
})

async function joining(url: string, userId: string, after?: string): Promise<Joining> {
  const own = await token(setting('VIEWER_JWT_SECRET'), userId)
  return { url, userId, token: own, query: inboxEvents, after, keepsCursor: true }
}

async function miss(): Promise<object> {
  notifications += 1
  for (let at = 0; at < crowd.length; at += pageSize) {
    const items = crowd.slice(at, at + pageSize).map(({ userId }) => newItemOf(userId, notifications))
    await inTransaction(database.pool, (client) => insertInboxItems(client, items))
  }
  return {}
}

async function comeBack(url: string): Promise<object> {
  const all = await Promise.all(crowd.map(({ userId, cursor }) => joining(url, userId, cursor)))
  const begun = performance.now()
  const missedMs: number[] = []
  const back = await within(
    Promise.all(
      all.map(async (each) => {
        const member = await join(each)
        await told(member, 2)
        missedMs.push(performance.now() - begun)
        return member
      }),
    ),
  )
  crowd = back
  const twice = back.filter(({ events }) => events !== 2).length
  if (twice > 0) throw new Error(`${twice} viewers were told something twice`)
  return { firstMs: back.map(({ firstEventMs }) => firstEventMs), missedMs }
}

async function resume(url: string, missed: number, times: number): Promise<object> {
  const userId = 'away'
  const firstMs: number[] = []
  const lastMs: number[] = []
  let { cursor, leave } = await join(await joining(url, userId))
  leave()
  for (let time = 0; time < times; time++) {
    for (let n = 0; n < missed; n++) {
      notifications += 1
      const item = newItemOf(userId, notifications)
      await inTransaction(database.pool, (client) => insertInboxItems(client, [item]))
    }
    const own = await joining(url, userId, cursor)
    const begun = performance.now()
    const member = await join(own)
    await within(told(member, missed + 1))
    lastMs.push(performance.now() - begun)
    firstMs.push(member.firstEventMs)
    ;({ cursor, leave } = member)
    leave()
  }
  return { firstMs, lastMs }
}

function told(member: Member, count: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (member.events >= count) resolve()
    }
    member.onEvent = look
    member.onClosed = () => reject(new Error('closed'))
    look()
  })
}

function within<T>(work: Promise<T>): Promise<T> {
  const late = new Promise<never>((_, reject) => setTimeout(() => reject(new Error('too late')), patienceMs).unref())
  return Promise.race([work, late])
}
