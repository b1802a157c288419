import pg from 'pg'
import { type Unreachable, unreachable } from '../domain/unreachable.ts'

/** Classes of SQLSTATE: invalid authorization (password, role, pg_hba.conf), invalid catalog name (no such database). */
const hopeless = ['28', '3D']

/** pg gives these errors nothing else to know them by. */
const withoutTls = 'The server does not support SSL connections'
const signingIn = 'SASL: '

/** What a failure to connect says of PostgreSQL. */
export function postgresProblem(error: unknown): Unreachable {
  if (error instanceof pg.DatabaseError) {
    const isHopeless = hopeless.includes(error.code?.slice(0, 2) ?? '')
    return { kind: isHopeless ? 'wrong' : 'away', why: `says: ${error.message}` }
  }
  if (error instanceof Error && error.message === withoutTls)
    return { kind: 'wrong', why: 'does not speak TLS, which its address asks for' }
  if (error instanceof Error && error.message.startsWith(signingIn))
    return { kind: 'wrong', why: `wants another password than its address has (${error.message})` }
  return unreachable(error)
}
