import { JetStreamApiError } from '@nats-io/jetstream'
import { errors } from 'nats'
import { type Unreachable, unreachable } from '../domain/unreachable.ts'

/** Of nats-server's errors.json: more replicas than servers, no room for the streams on the server or in the account. */
const hopeless: readonly number[] = [10074, 10047, 10028]

/** The client library gives this error nothing else to know it by. */
const withoutTls = "server does not support 'tls'"

/** What a failure to connect, or to declare the streams, says of NATS. */
export function natsProblem(error: unknown): Unreachable {
  if (error instanceof errors.AuthorizationError || error instanceof errors.UserAuthenticationExpiredError)
    return { kind: 'wrong', why: 'refuses the credentials in NATS_URL' }
  if (error instanceof errors.PermissionViolationError)
    return { kind: 'wrong', why: `does not let this user ${error.operation} ${error.subject}` }
  if (error instanceof errors.ConnectionError && error.message === withoutTls)
    return { kind: 'wrong', why: 'does not speak TLS, which its address asks for' }
  // A cluster that is starting has nobody yet who answers for JetStream.
  if (error instanceof Error && error.name === 'JetStreamNotEnabled')
    return { kind: 'away', why: 'runs without JetStream: start it with --jetstream, or enable it for this account' }
  if (error instanceof JetStreamApiError)
    return {
      kind: hopeless.includes(error.code) ? 'wrong' : 'away',
      why: `does not make the streams: ${error.message} (${error.code})`,
    }
  return unreachable(error)
}
