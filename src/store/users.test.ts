import { afterAll, expect, test } from 'vitest'
import { address } from '../../test/setup/address.ts'
import { unique } from '../../test/setup/schema-app.ts'
import type { UserInput } from '../domain/user-input.ts'
import { openDatabase } from './database.ts'
import { findUser, unknownUserIds, upsertUsers } from './users.ts'

const database = openDatabase({ url: address('DATABASE_URL'), maxConnections: 4, name: 'users-test' })
afterAll(() => database.close())

const then = new Date('2026-11-22T10:00:00.000Z')
const later = new Date('2026-11-22T11:00:00.000Z')

const full = (): UserInput => ({
  id: unique('user'),
  email: 'ada@example.com',
  phone: '+15555550100',
  timeZone: 'Europe/London',
  locale: 'en-GB',
  region: 'EU',
  attributes: { plan: 'pro', tags: ['a', null], address: { city: 'London' } },
})

test('a user is stored as she was given', async () => {
  const { id, ...given } = full()
  await upsertUsers(database, [{ id, ...given }], then)
  expect(await findUser(database, id)).toEqual({
    userId: id,
    ...given,
    hardStop: false,
    createdAt: then,
    updatedAt: then,
  })
})

test('what is left out stays as it is, null clears it', async () => {
  const user = full()
  await upsertUsers(database, [user], then)
  await upsertUsers(database, [{ id: user.id, phone: null, locale: undefined, region: 'UK' }], later)
  const { id, ...given } = user
  const changed = {
    userId: id,
    ...given,
    phone: null,
    region: 'UK',
    hardStop: false,
    createdAt: then,
    updatedAt: later,
  }
  expect(await findUser(database, id)).toEqual(changed)
  await upsertUsers(
    database,
    [{ id, email: null, timeZone: null, locale: null, region: null, attributes: null }],
    later,
  )
  expect(await findUser(database, id)).toEqual({
    ...changed,
    email: null,
    timeZone: null,
    locale: null,
    region: null,
    attributes: {},
  })
})

test('attributes are replaced as a whole', async () => {
  const user = full()
  await upsertUsers(database, [user], then)
  await upsertUsers(database, [{ id: user.id, attributes: { plan: 'free' } }], later)
  expect((await findUser(database, user.id))?.attributes).toEqual({ plan: 'free' })
})

test('a user of whom only the id is given has nothing else', async () => {
  const id = unique('user')
  await upsertUsers(database, [{ id }], then)
  expect(await findUser(database, id)).toEqual({
    userId: id,
    email: null,
    phone: null,
    timeZone: null,
    locale: null,
    region: null,
    attributes: {},
    hardStop: false,
    createdAt: then,
    updatedAt: then,
  })
})

test('users are each changed in their own way by one call', async () => {
  const [first, second] = [full(), full()]
  await upsertUsers(database, [first, second], then)
  await upsertUsers(
    database,
    [
      { id: second.id, email: 'bob@example.com' },
      { id: first.id, email: null },
      { id: '__proto__', region: 'EU' },
    ],
    later,
  )
  expect((await findUser(database, first.id))?.email).toBeNull()
  expect((await findUser(database, first.id))?.region).toBe('EU')
  expect((await findUser(database, second.id))?.email).toBe('bob@example.com')
  expect((await findUser(database, '__proto__'))?.region).toBe('EU')
})

test('calls that share users in any order do not block each other for good', async () => {
  const users = Array.from({ length: 1_000 }, () => ({ id: unique('user'), region: 'EU' }))
  const calls = Array.from({ length: 8 }, (_, index) =>
    upsertUsers(database, index % 2 === 0 ? users : users.toReversed(), then),
  )
  await Promise.all(calls)
  const ids = users.map((user) => user.id)
  expect(await unknownUserIds(database, ids)).toEqual([])
})

test('unknown users are listed in the order given', async () => {
  const { id } = full()
  await upsertUsers(database, [{ id }], then)
  const [one, two] = [unique('nobody'), unique('nobody')]
  expect(await unknownUserIds(database, [two, id, 'a\0b', one])).toEqual([two, 'a\0b', one])
  expect(await unknownUserIds(database, [])).toEqual([])
  expect(await findUser(database, one)).toBeUndefined()
  expect(await findUser(database, 'a\0b')).toBeUndefined()
})
