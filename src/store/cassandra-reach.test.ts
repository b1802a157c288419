import { errors, types } from 'cassandra-driver'
import { describe, expect, test } from 'vitest'
import { cassandraSettings } from '../../test/setup/a-log.ts'
import { address } from '../../test/setup/address.ts'
import { ownDatabase } from '../../test/setup/own-database.ts'
import { unique } from '../../test/setup/schema-app.ts'
import type { CassandraSettings } from './cassandra.ts'
import { migrateCassandra } from './cassandra-migrations.ts'
import { cassandraProblem } from './cassandra-problem.ts'
import { type LogEngineName, takeEngine } from './engine-in-use.ts'
import { oneCassandra } from './one-cassandra.ts'
import { reachMigratedCassandra } from './reach-cassandra.ts'

const settings = (change: Partial<CassandraSettings> = {}): CassandraSettings => {
  const known = cassandraSettings()
  if (known === undefined) throw new Error('there is no Cassandra: this test belongs to "npm run test:cassandra"')
  return { ...known, ...change }
}
const ownKeyspace = () => unique('test').replace('-', '_')

describe('a Cassandra that cannot be used', () => {
  test('is waited for while it does not answer', async () => {
    expect(await reachMigratedCassandra(settings({ contactPoints: ['127.0.0.1:1'] }))).toEqual({
      kind: 'away',
      why: 'does not answer (ECONNREFUSED)',
    })
  })

  test('is waited for until it has been migrated', async () => {
    const keyspace = ownKeyspace()
    expect(await reachMigratedCassandra(settings({ keyspace }))).toEqual({
      kind: 'away',
      why: `says: Keyspace '${keyspace}' does not exist: run "carillon migrate"`,
    })
  })

  test('has another data centre', async () => {
    expect(await reachMigratedCassandra(settings({ dataCenter: 'berlin' }))).toEqual({
      kind: 'wrong',
      why: expect.stringContaining('has no data centre "berlin", which is in CASSANDRA_DATACENTER'),
    })
  })

  test('does not let us', () => {
    const refusal = new errors.ResponseError(
      types.responseErrorCodes.unauthorized,
      'User carillon has no CREATE permission on <all keyspaces> or any of its parents',
    )
    expect(cassandraProblem(refusal, settings())).toEqual({
      kind: 'wrong',
      why:
        'lacks a right that CASSANDRA_USERNAME needs on keyspace carillon: ' +
        'User carillon has no CREATE permission on <all keyspaces> or any of its parents',
    })
    expect(
      cassandraProblem(new errors.NoHostAvailableError({ a: new errors.AuthenticationError('no') }), settings()),
    ).toEqual({ kind: 'wrong', why: 'wants another CASSANDRA_USERNAME or CASSANDRA_PASSWORD' })
  })
})

test('three that migrate at once take turns', { timeout: 60_000 }, async () => {
  const own = settings({ keyspace: ownKeyspace() })
  const applied = await Promise.all([1, 2, 3].map(() => migrateCassandra(own, address('DATABASE_URL'))))
  expect(applied.toSorted()).toEqual([[], [], ['0001_log']])
  expect(await reachMigratedCassandra(own)).toBeUndefined()
  await oneCassandra(own, undefined, async (client) => {
    await client.execute(`DROP KEYSPACE ${own.keyspace}`, [], { prepare: false })
    return undefined
  })
})

test('another engine is taken as long as there is nothing in the one before', async () => {
  const database = await ownDatabase('engine-in-use')
  const { pool } = database
  const inUse = async (engine: LogEngineName) => (await takeEngine(pool, engine)).engine
  expect(await inUse('postgres')).toBe('postgres')
  expect(await inUse('cassandra')).toBe('cassandra')
  await pool.query(`INSERT INTO inbox_head (user_id) VALUES ('ada')`)
  expect(await inUse('cassandra')).toBe('cassandra')
  expect(await inUse('postgres')).toBe('cassandra')
  await database.close()
})
