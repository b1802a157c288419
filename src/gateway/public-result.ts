import { type ExecutionResult, GraphQLError } from 'graphql'
import { place, publicError } from './public-error.ts'

/** A result with errors that a caller may see. */
export function publicResult(result: ExecutionResult): ExecutionResult {
  return result.errors ? { ...result, errors: result.errors.map(publicError) } : result
}

/** The same without what its errors say to our own transports: for those that have no status and no headers. */
export function withoutHttp(result: ExecutionResult): ExecutionResult {
  return result.errors ? { ...result, errors: result.errors.map(errorWithoutHttp) } : result
}

export function errorWithoutHttp(error: GraphQLError): GraphQLError {
  if (error.extensions['http'] === undefined) return error
  const { http: _, ...shown } = error.extensions
  return new GraphQLError(error.message, { ...place(error), extensions: shown })
}
