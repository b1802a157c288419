import type { Client } from 'cassandra-driver'
import type { Unreachable } from '../domain/unreachable.ts'
import { type CassandraSettings, cassandraClient } from './cassandra.ts'
import { cassandraProblem } from './cassandra-problem.ts'

/** Lets `work` use connections of its own to Cassandra; resolves with what it says is in the way, or what comes to light. */
export async function oneCassandra(
  settings: CassandraSettings,
  keyspace: string | undefined,
  work: (client: Client) => Promise<Unreachable | undefined>,
): Promise<Unreachable | undefined> {
  const client = cassandraClient(settings, 'carillon reach', keyspace)
  try {
    await client.connect()
    return await work(client)
  } catch (error) {
    return cassandraProblem(error, settings)
  } finally {
    await client.shutdown()
  }
}
