import { afterAll, expect, it } from 'vitest'
import { address } from '../../test/setup/address.ts'
import { unique } from '../../test/setup/schema-app.ts'
import { openDatabase } from './database.ts'
import { type LoggedAttempt, type LoggedDelivery, logDeliveries } from './delivery-log.ts'

const database = openDatabase({ url: address('DATABASE_URL'), maxConnections: 2, name: 'delivery-log-test' })
const { pool } = database
afterAll(() => database.close())

const at = new Date('2026-11-25T12:00:00Z')
const aKey = () => ({ notificationId: unique('ntf'), recipientId: 'ada', channel: 'SMS' }) as const

function aDelivery(key: ReturnType<typeof aKey>, change: Partial<LoggedDelivery> = {}): LoggedDelivery {
  return { ...key, state: 'SENT', reason: null, provider: 'twilio', updatedAt: at, ...change }
}

function anAttempt(key: ReturnType<typeof aKey>, change: Partial<LoggedAttempt> = {}): LoggedAttempt {
  const call = { attempt: 1, target: '', at, provider: 'twilio', latencyMs: 5 } as const
  return { ...key, ...call, outcome: 'accepted', code: '201', providerMessageId: 'SM1', ...change }
}

async function logged({ notificationId }: ReturnType<typeof aKey>) {
  const [deliveries, attempts] = await Promise.all([
    pool.query('SELECT state, reason FROM delivery WHERE notification_id = $1', [notificationId]),
    pool.query('SELECT outcome, provider_message_id FROM delivery_attempt WHERE notification_id = $1', [
      notificationId,
    ]),
  ])
  return [deliveries.rows, attempts.rows]
}

it('writes a whole slice in one round trip', async () => {
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
  const [first] = keys
  expect(first && (await logged(first))).toEqual([
    [{ state: 'SENT', reason: null }],
    [{ outcome: 'accepted', provider_message_id: 'SM1' }],
  ])
})

it('keeps SENT whatever is told later by us', async () => {
  const key = aKey()
  await logDeliveries(pool, [aDelivery(key)], [])
  await logDeliveries(pool, [aDelivery(key, { state: 'FAILED', reason: 'rejected' })], [])
  expect(await logged(key)).toEqual([[{ state: 'SENT', reason: null }], []])
})

it('learns what came of an attempt of which nothing was known, and forgets nothing that was', async () => {
  const key = aKey()
  await logDeliveries(pool, [], [anAttempt(key, { outcome: 'unknown', code: 'timeout', providerMessageId: null })])
  await logDeliveries(pool, [], [anAttempt(key)])
  await logDeliveries(pool, [], [anAttempt(key, { outcome: 'unknown', code: 'timeout', providerMessageId: null })])
  expect(await logged(key)).toEqual([[], [{ outcome: 'accepted', provider_message_id: 'SM1' }]])
})
