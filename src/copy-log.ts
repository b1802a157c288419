import { parseArgs } from 'node:util'
import { ConfigError, type Env, parseConfig } from './config.ts'
import { migrateWhenThere } from './migrate-when-there.ts'
import { openCassandra } from './store/cassandra.ts'
import { copyLog, copyName, LogInUse } from './store/copy-log.ts'
import { openDatabase } from './store/database.ts'

/**
 * `carillon copy-log --to cassandra | postgres`: both engines are those of the environment, whichever is in use.
 *
 * @throws ConfigError where it cannot be done like this
 */
export async function runCopyLog(args: readonly string[], env: Env, say: (line: string) => void): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { to: { type: 'string' } } })
  const { to } = values
  if (to !== 'cassandra' && to !== 'postgres') throw new ConfigError(['--to: must be cassandra or postgres'])
  const config = parseConfig({ ...env, CARILLON_DELIVERY_LOG: 'cassandra' })
  if (config.cassandra === undefined) throw new ConfigError(['CASSANDRA_CONTACT_POINTS: must be set'])
  await migrateWhenThere(config, { say, stopping: new AbortController().signal })
  const cassandra = openCassandra(config.cassandra, copyName)
  const database = openDatabase({ url: config.databaseUrl, maxConnections: 2, name: copyName })
  try {
    await copyLog({ pool: database.pool, cassandra, now: new Date(), say }, to)
  } catch (error) {
    throw error instanceof LogInUse ? new ConfigError([error.message]) : error
  } finally {
    await database.close()
    await cassandra.close()
  }
}
