import { concurrent } from 'cassandra-driver'
import { type CassandraSettings, cassandraClient } from './cassandra.ts'

/** The driver as it comes, for benchmarks to compare with. */
export function bareCassandra(settings: CassandraSettings) {
  const client = cassandraClient(settings, 'bench', settings.keyspace)
  return {
    executeConcurrent: (text: string, values: unknown[][], concurrencyLevel: number) =>
      concurrent.executeConcurrent(client, text, values, { concurrencyLevel }),
    close: () => client.shutdown(),
  }
}
