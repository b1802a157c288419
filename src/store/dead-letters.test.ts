import { randomUUID } from 'node:crypto'
import { afterAll, expect, it } from 'vitest'
import { aFailedNotification } from '../../test/setup/a-dead-letter.ts'
import { address } from '../../test/setup/address.ts'
import { openDatabase } from './database.ts'
import { countDeadLetters, type DeadLetterPosition, findDeadLetter, listDeadLetters } from './dead-letter-list.ts'
import type { KeptDeadLetter } from './dead-letters.ts'

const database = openDatabase({ url: address('DATABASE_URL'), maxConnections: 5, name: 'dead-letters-test' })
const { pool } = database
afterAll(() => database.close())

const noon = new Date('2026-11-22T12:00:00.000Z')
const one = new Date('2026-11-22T13:00:00.000Z')

it('keeps a delivery that was given up on, with its reason', async () => {
  const notificationId = await aFailedNotification(database, { letter: { at: noon } })
  const letter: KeptDeadLetter = {
    notificationId,
    recipientId: 'ada',
    channel: 'SMS',
    provider: 'twilio',
    reason: 'stale_target',
    attempts: 1,
    at: noon,
  }
  expect(await listDeadLetters(pool, { notificationId }, undefined, 10)).toEqual([letter])
  expect(await findDeadLetter(pool, letter)).toEqual(letter)
  expect(await findDeadLetter(pool, { ...letter, channel: 'EMAIL' })).toBeUndefined()
})

it('lists them newest first, page by page: each once, those of one instant too', async () => {
  const reason = randomUUID()
  const recipientIds = ['ada', 'bob', 'cleo', 'dora', 'emil']
  const older = await aFailedNotification(database, { recipientIds, letter: { reason, at: noon } })
  const newer = await aFailedNotification(database, { recipientIds: ['ada'], letter: { reason, at: one } })
  const listed: KeptDeadLetter[] = []
  for (let after: DeadLetterPosition | undefined; ; after = listed.at(-1)) {
    const page = await listDeadLetters(pool, { reason }, after, 2)
    listed.push(...page)
    if (page.length < 2) break
  }
  expect(listed.map(({ notificationId, recipientId }) => [notificationId, recipientId])).toEqual([
    [newer, 'ada'],
    ...recipientIds.toReversed().map((recipientId) => [older, recipientId]),
  ])
})

it('lists and counts those for which everything asked for is true', async () => {
  const reason = randomUUID()
  const twilio = await aFailedNotification(database, { recipientIds: ['ada', 'bob'], letter: { reason } })
  const nobody = await aFailedNotification(database, { letter: { reason, provider: null } })
  const asked = [
    { reason },
    { reason, provider: 'twilio' },
    { reason, provider: 'twilio', notificationId: nobody },
    { notificationId: twilio },
    { keys: [{ notificationId: twilio, recipientId: 'bob', channel: 'SMS' as const }], reason },
    { keys: [] },
  ]
  const found = asked.map((filter) => listDeadLetters(pool, filter, undefined, 10).then(({ length }) => length))
  expect(await Promise.all(found)).toEqual([3, 2, 0, 2, 1, 0])
  expect(await Promise.all(asked.map((filter) => countDeadLetters(pool, filter)))).toEqual([3, 2, 0, 2, 1, 0])
})
