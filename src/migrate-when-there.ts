import type { Config } from './config.ts'
import { migrateCassandra } from './store/cassandra-migrations.ts'
import { migrate } from './store/migrate.ts'
import { reachPostgres } from './store/reach-postgres.ts'
import { cassandraAwaited, type Waiting, waitFor } from './wait-for.ts'

/** Applies what the databases lack, as soon as they are there, and returns the names. */
export async function migrateWhenThere(
  { databaseUrl, cassandra }: Pick<Config, 'databaseUrl' | 'cassandra'>,
  waiting: Waiting,
): Promise<readonly string[]> {
  const reach = () => reachPostgres(databaseUrl)
  await waitFor({ name: 'PostgreSQL', variable: 'DATABASE_URL', url: databaseUrl, reach }, waiting)
  const applied = [...(await migrate(databaseUrl))]
  if (cassandra === undefined) return applied
  const migrating = cassandraAwaited(cassandra, async () => {
    const done = await migrateCassandra(cassandra, databaseUrl)
    if ('why' in done) return done
    applied.push(...done.map((name) => `cassandra ${name}`))
    return undefined
  })
  await waitFor(migrating, waiting)
  return applied
}
