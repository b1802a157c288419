import { GraphQLError } from 'graphql'

export type RefusalCode =
  | 'BAD_REQUEST'
  | 'BAD_USER_INPUT'
  | 'GRAPHQL_PARSE_FAILED'
  | 'GRAPHQL_VALIDATION_FAILED'
  | 'NOT_ACCEPTING'
  | 'OPERATION_TOO_LARGE'
  | 'RATE_LIMITED'
  | 'TIMEOUT'
  | 'TOO_MANY_CONNECTIONS'
  | 'TOO_MANY_OPERATIONS'
  | 'UNAUTHENTICATED'

interface RefusalDetails {
  /** Over HTTP; an operation that was executed in part answers 200 whatever this says. */
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** More for `extensions`. */
  readonly [extension: string]: unknown
}

/** An error of the request as a whole. `http` is for our own transports: it is taken out before the error is sent. */
export function refusal(
  code: RefusalCode,
  message: string,
  { status, headers, ...more }: RefusalDetails,
): GraphQLError {
  return new GraphQLError(message, { extensions: { code, ...more, http: { status, ...(headers && { headers }) } } })
}

export function unauthenticated(message: string): GraphQLError {
  return refusal('UNAUTHENTICATED', message, { status: 401, headers: { 'WWW-Authenticate': 'Bearer' } })
}
