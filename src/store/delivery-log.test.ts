import { afterAll, expect, it } from 'vitest'
import { testDatabase } from '../../test/setup/a-log.ts'
import { unique } from '../../test/setup/schema-app.ts'
import { type LoggedAttempt, type LoggedDelivery, logDeliveries } from './delivery-log.ts'

const database = testDatabase('delivery-log-test', 2)
const { pool, log } = database
afterAll(() => database.close())

const at = new Date('2026-11-25T12:00:00Z')
const aKey = () => ({ notificationId: unique('ntf'), recipientId: 'ada', channel: 'SMS' as const })

function aDelivery(key: ReturnType<typeof aKey>, change: Partial<LoggedDelivery> = {}): LoggedDelivery {
  return { ...key, state: 'SENT', reason: null, provider: 'twilio', updatedAt: at, ...change }
}

function anAttempt(key: ReturnType<typeof aKey>, change: Partial<LoggedAttempt> = {}): LoggedAttempt {
  const call = { attempt: 1, target: '', at, provider: 'twilio', latencyMs: 5 } as const
  return { ...key, ...call, outcome: 'accepted', code: '201', providerMessageId: 'SM1', ...change }
}

async function logged({ notificationId, recipientId, channel }: ReturnType<typeof aKey>) {
  const [deliveries, [attempts = []]] = await Promise.all([
    log.readDeliveries(notificationId, [recipientId]),
    log.readAttempts([{ notificationId, recipientId, channel }]),
  ])
  return [
    deliveries.map(({ state, reason }) => ({ state, reason })),
    attempts.map(({ outcome, code }) => ({ outcome, code })),
  ]
}

it('writes a whole slice', async () => {
  const keys = Array.from({ length: 100 }, aKey)
  await log.logDeliveries(
    keys.map((key) => aDelivery(key)),
    keys.map((key) => anAttempt(key)),
  )
  for (const key of keys) {
    expect(await logged(key)).toEqual([[{ state: 'SENT', reason: null }], [{ outcome: 'accepted', code: '201' }]])
  }
})

it('writes a whole slice to PostgreSQL in one round trip', async () => {
  const keys = Array.from({ length: 100 }, aKey)
  let roundTrips = 0
  const counted = new Proxy(pool, {
    get(target, name) {
      if (name === 'query') roundTrips++
      return Reflect.get(target, name)
    },
  })
  await logDeliveries(
    counted,
    keys.map((key) => aDelivery(key)),
    keys.map((key) => anAttempt(key)),
  )
  expect(roundTrips).toBe(1)
})

it('knows whose deliveries a provider knows by which id', async () => {
  const [key, other, stranger] = [aKey(), aKey(), { ...aKey(), recipientId: 'bob' }]
  const ids = [key, other, stranger].map(({ notificationId }) => `SM-${notificationId}`)
  for (const [index, each] of [key, other, stranger].entries()) {
    await log.logDeliveries([aDelivery(each)], [anAttempt(each, { providerMessageId: ids[index] ?? null })])
  }
  expect(await log.messagesOfOthers(key, ids)).toEqual(new Set([ids[1]]))
})

it('keeps SENT whatever is told later by us', async () => {
  const key = aKey()
  await log.logDeliveries([aDelivery(key)], [])
  await log.logDeliveries([aDelivery(key, { state: 'FAILED', reason: 'rejected' })], [])
  expect(await logged(key)).toEqual([[{ state: 'SENT', reason: null }], []])
})

it('learns what came of an attempt of which nothing was known, and forgets nothing that was', async () => {
  const key = aKey()
  await log.logDeliveries([], [anAttempt(key, { outcome: 'unknown', code: 'timeout', providerMessageId: null })])
  await log.logDeliveries([], [anAttempt(key)])
  await log.logDeliveries([], [anAttempt(key, { outcome: 'unknown', code: 'timeout', providerMessageId: null })])
  expect(await logged(key)).toEqual([[], [{ outcome: 'accepted', code: '201' }]])
})
