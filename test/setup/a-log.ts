import { type Cassandra, type CassandraSettings, openCassandra } from '../../src/store/cassandra.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { address } from './address.ts'

/** The Cassandra of this run; undefined: its delivery log is in PostgreSQL. */
export function testCassandra(name: string): Cassandra | undefined {
  const settings = cassandraSettings()
  return settings && openCassandra(settings, name)
}

export function cassandraSettings(): CassandraSettings | undefined {
  const places = process.env['CASSANDRA_CONTACT_POINTS']
  if (!places) return undefined
  return {
    contactPoints: places.split(','),
    dataCenter: 'datacenter1',
    keyspace: 'carillon',
    replication: undefined,
    username: undefined,
    password: undefined,
    retentionMs: 400 * 86_400_000,
  }
}

/** The database of the run with the engine of the run: what is tested with it holds with both. */
export function testDatabase(name: string, maxConnections: number): Database {
  const cassandra = testCassandra(name)
  const database = openDatabase({ url: address('DATABASE_URL'), maxConnections, name, cassandra })
  return {
    ...database,
    async close() {
      await database.close()
      await cassandra?.close()
    },
  }
}
