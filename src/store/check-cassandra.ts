import { type Diagnosis, ok, problem } from '../domain/diagnosis.ts'
import type { CassandraSettings } from './cassandra.ts'
import { reachMigratedCassandra } from './reach-cassandra.ts'

/** Nothing where the delivery log is in PostgreSQL. */
export async function checkCassandra(settings: CassandraSettings | undefined): Promise<readonly Diagnosis[]> {
  if (settings === undefined) return []
  const place = settings.contactPoints.join(', ')
  const found = await reachMigratedCassandra(settings)
  if (found === undefined) return [ok('Cassandra', `keyspace ${settings.keyspace} at ${place}, with its migrations`)]
  return [problem('Cassandra', `${place} ${found.why}`, 'start it, or correct the variables CASSANDRA_…')]
}
