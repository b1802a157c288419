import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { aDatabase } from '../../test/setup/a-database.ts'
import { address } from '../../test/setup/address.ts'
import { checkPostgres } from './check-postgres.ts'
import { checkRedis } from './check-redis.ts'
import { oneClient } from './one-client.ts'

test('PostgreSQL with everything in it is well, and tells the time', async () => {
  const { diagnoses, clocks = [] } = await checkPostgres(address('DATABASE_URL'))
  expect(diagnoses).toEqual([
    { subject: 'PostgreSQL', state: 'ok', found: expect.stringMatching(/^\d+\.\d+.* at 127\.0\.0\.1:\d+$/) },
    { subject: 'migrations', state: 'ok', found: 'all have been applied' },
  ])
  expect(clocks.map(({ whose, from, to }) => [whose, from === to, Math.abs(Date.now() - from) < 60_000])).toEqual([
    ['PostgreSQL', true, true],
  ])
})

test('an empty database lacks its migrations', async () => {
  const own = await aDatabase()
  const { diagnoses } = await checkPostgres(own.url)
  await own.drop()
  expect(diagnoses[1]).toEqual({
    subject: 'migrations',
    state: 'problem',
    found: expect.stringMatching(/^0001_init, .* missing$/),
    mend: 'run "carillon migrate"',
  })
})

test('a database that takes no writes is the wrong one', async () => {
  const url = new URL(address('DATABASE_URL'))
  url.searchParams.set('options', '-c default_transaction_read_only=on')
  expect((await checkPostgres(url.href)).diagnoses[0]).toMatchObject({
    state: 'problem',
    found: expect.stringContaining('takes no writes'),
    mend: 'name the primary server in DATABASE_URL',
  })
})

test('what cannot be reached is told without its password', async () => {
  const password = randomBytes(8).toString('hex')
  const url = new URL(address('DATABASE_URL'))
  url.password = password
  const { diagnoses } = await checkPostgres(url.href)
  expect(diagnoses).toEqual([
    {
      subject: 'PostgreSQL',
      state: 'problem',
      found: `${url.host} says: password authentication failed for user "carillon"`,
      mend: 'start it, or correct DATABASE_URL',
    },
  ])
  expect(JSON.stringify(diagnoses)).not.toContain(password)
})

test('one client ends with its work', async () => {
  const backends = (client: { query(text: string): Promise<{ rows: unknown[] }> }) =>
    client.query("SELECT pid FROM pg_stat_activity WHERE query = 'SELECT 1 AS one_client'").then(({ rows }) => rows)
  await oneClient(address('DATABASE_URL'), (client) => client.query('SELECT 1 AS one_client'))
  await expect.poll(() => oneClient(address('DATABASE_URL'), backends)).toEqual([])
})

test('Redis is well, away, or not wanted', async () => {
  expect(await checkRedis(address('REDIS_URL'))).toEqual({
    subject: 'Redis',
    state: 'ok',
    found: expect.stringMatching(/^(Valkey|Redis) \d+\.\d+.* at 127\.0\.0\.1:\d+$/),
  })
  expect(await checkRedis('redis://:geheim@127.0.0.1:1')).toEqual({
    subject: 'Redis',
    state: 'problem',
    found: '127.0.0.1:1 does not answer (ECONNREFUSED)',
    mend: 'start it, or correct or remove REDIS_URL',
  })
  expect(await checkRedis(undefined)).toMatchObject({ state: 'ok' })
})
