import { randomBytes } from 'node:crypto'
import { afterAll, expect, it } from 'vitest'
import { address } from '../../test/setup/address.ts'
import { openDatabase } from '../store/database.ts'
import { preferencesOf } from '../store/preferences.ts'
import { upsertUsers } from '../store/users.ts'
import type { FeedbackBody } from '../streams/messages.ts'
import { feedback } from './feedback.ts'

const database = openDatabase({ url: address('DATABASE_URL'), maxConnections: 2, name: 'feedback-test' })
afterAll(() => database.close())

const deps = { database, hear: async () => {}, now: () => new Date() }

async function somebody(): Promise<string> {
  const userId = `user-${randomBytes(6).toString('hex')}`
  await upsertUsers(database, [{ id: userId }], new Date())
  return userId
}

function reply(userId: string, word: 'stop' | 'start', messageId: string, second: number): FeedbackBody {
  const at = `2026-11-22T17:00:0${second}.000Z`
  return { kind: 'reply', provider: 'twilio', userId, word, messageId: `SM${messageId}`, at }
}

async function wantsSms(userId: string): Promise<boolean> {
  return (await preferencesOf(database, userId)).channels.SMS
}

it('obeys the same message once, also long after', async () => {
  const userId = await somebody()
  await feedback(deps, reply(userId, 'stop', '1', 1))
  expect(await wantsSms(userId)).toBe(false)
  await feedback(deps, reply(userId, 'start', '2', 2))
  await feedback(deps, reply(userId, 'stop', '1', 9))
  expect(await wantsSms(userId)).toBe(true)
})

it('goes by the last of two messages, in whichever order they come', async () => {
  const userId = await somebody()
  await feedback(deps, reply(userId, 'start', '2', 2))
  await feedback(deps, reply(userId, 'stop', '1', 1))
  expect(await wantsSms(userId)).toBe(true)
})

it('takes a message of one person for nobody else', async () => {
  const [one, other] = [await somebody(), await somebody()]
  for (const userId of [one, other]) await feedback(deps, reply(userId, 'stop', '1', 1))
  expect([await wantsSms(one), await wantsSms(other)]).toEqual([false, false])
})

it('has nothing to do for somebody who is gone', async () => {
  await feedback(deps, reply('nobody-has-this-id', 'stop', '1', 1))
})
