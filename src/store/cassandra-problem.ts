import { errors, types } from 'cassandra-driver'
import { type Unreachable, unreachable } from '../domain/unreachable.ts'
import type { CassandraSettings } from './cassandra.ts'

type Named = Pick<CassandraSettings, 'dataCenter' | 'keyspace'>

/** What a failure to use Cassandra says of it. */
export function cassandraProblem(error: unknown, named: Named): Unreachable {
  const { dataCenter, keyspace } = named
  // The driver tries each contact point, and gives what came of each.
  if (error instanceof errors.NoHostAvailableError) {
    const [first] = Object.values(error.innerErrors ?? {})
    return first === undefined ? { kind: 'away', why: 'has no node that answers' } : cassandraProblem(first, named)
  }
  if (error instanceof errors.AuthenticationError) {
    return { kind: 'wrong', why: 'wants another CASSANDRA_USERNAME or CASSANDRA_PASSWORD' }
  }
  if (error instanceof errors.ArgumentError) {
    return {
      kind: 'wrong',
      why: `has no data centre "${dataCenter}", which is in CASSANDRA_DATACENTER (${error.message})`,
    }
  }
  if (error instanceof errors.ResponseError) {
    const { unauthorized, badCredentials, invalid } = types.responseErrorCodes
    if (error.code === unauthorized) {
      return {
        kind: 'wrong',
        why: `lacks a right that CASSANDRA_USERNAME needs on keyspace ${keyspace}: ${error.message}`,
      }
    }
    if (error.code === badCredentials) return { kind: 'wrong', why: `says: ${error.message}` }
    if (error.code === invalid) return { kind: 'away', why: `says: ${error.message}: run "carillon migrate"` }
    return { kind: 'away', why: `says: ${error.message}` }
  }
  return unreachable(error)
}
