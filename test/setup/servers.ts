import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServers } from '../../src/local/servers.ts'
import { migrateCassandra } from '../../src/store/cassandra-migrations.ts'
import { migrate } from '../../src/store/migrate.ts'
import { cassandraSettings } from './a-log.ts'

/** One real PostgreSQL, Redis, NATS and, where the run is about it, Cassandra for the whole run; every test makes its own users and callers in them. */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  // Another project of this run has started them.
  if (process.env['CARILLON_TEST_SERVERS']) return undefined
  process.env['CARILLON_TEST_SERVERS'] = 'started'
  const dataDir = await mkdtemp(join(tmpdir(), 'carillon-test-'))
  const servers = await startServers({ dataDir, env: process.env, say: (line) => console.log(line) })
  Object.assign(process.env, servers.env)
  await migrate(servers.env.DATABASE_URL)
  const cassandra = cassandraSettings()
  if (cassandra !== undefined) await migrateCassandra(cassandra, servers.env.DATABASE_URL)
  return async () => {
    await servers.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}
