import { expect, test } from 'vitest'
import { address } from '../../test/setup/address.ts'
import { reachPostgres } from './reach-postgres.ts'
import { reachRedis } from './reach-redis.ts'

function changed(name: 'DATABASE_URL' | 'REDIS_URL', change: (url: URL) => void): string {
  const url = new URL(address(name))
  change(url)
  return url.href
}

test('PostgreSQL is reached', async () => {
  expect(await reachPostgres(address('DATABASE_URL'))).toBeUndefined()
})

test.each([
  ['a wrong password', { password: 'nonsense' }, 'says: password authentication failed for user "carillon"'],
  ['an unknown user', { username: 'nobody' }, 'says: password authentication failed for user "nobody"'],
  ['an unknown database', { pathname: '/nowhere' }, 'says: database "nowhere" does not exist'],
  ['TLS where there is none', { search: '?sslmode=verify-full' }, 'does not speak TLS, which its address asks for'],
])('PostgreSQL is not waited for with %s', async (_, change, why) => {
  const url = changed('DATABASE_URL', (each) => Object.assign(each, change))
  expect(await reachPostgres(url)).toEqual({ kind: 'wrong', why })
})

test('PostgreSQL is not waited for without the password it wants', async () => {
  const url = changed('DATABASE_URL', (each) => Object.assign(each, { password: '' }))
  expect(await reachPostgres(url)).toMatchObject({
    kind: 'wrong',
    why: expect.stringContaining('wants another password'),
  })
})

test('PostgreSQL that is not there is waited for', async () => {
  const why = 'does not answer (ECONNREFUSED)'
  expect(await reachPostgres('postgresql://carillon@127.0.0.1:1/carillon')).toEqual({ kind: 'away', why })
})

test('Redis is reached', async () => {
  expect(await reachRedis(address('REDIS_URL'))).toEqual({
    name: expect.stringMatching(/^(Valkey|Redis)$/),
    version: expect.stringMatching(/^\d+\./),
  })
})

test.each([
  ['a wrong password', { password: 'nonsense' }, /^says: WRONGPASS /],
  ['no password', { password: '' }, /^says: NOAUTH /],
  ['an unknown database', { pathname: '/99' }, /^says: ERR DB index is out of range$/],
])('Redis will never be there with %s', async (_, change, why) => {
  const url = changed('REDIS_URL', (each) => Object.assign(each, change))
  expect(await reachRedis(url)).toEqual({ kind: 'wrong', why: expect.stringMatching(why) })
})

test('Redis that is not there may come', async () => {
  expect(await reachRedis('redis://127.0.0.1:1')).toEqual({ kind: 'away', why: 'does not answer (ECONNREFUSED)' })
})
