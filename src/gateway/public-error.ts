import { randomUUID } from 'node:crypto'
import { GraphQLError, Kind } from 'graphql'
import { RequestError } from '../errors.ts'
import { log } from '../log.ts'

/**
 * What a caller gets to see of an error. What the caller can fix passes, with a code; a fault of ours is logged once, and
 * the caller gets the id of that line.
 */
export function publicError(error: unknown): GraphQLError {
  if (shown.has(error as object)) return error as GraphQLError
  const result = error instanceof GraphQLError ? publicGraphQLError(error) : internal(error, undefined)
  shown.add(result)
  return result
}

/** Errors that have been through here: each is logged once however many transports and hooks it passes. */
const shown = new WeakSet<object>()

function publicGraphQLError(error: GraphQLError): GraphQLError {
  const cause = rootCause(error)
  if (cause instanceof RequestError) return withCode(error, cause.code)
  if (!(cause instanceof GraphQLError)) return internal(cause, error)
  const { code } = error.extensions
  if (typeof code === 'string') return withCode(error, code)
  return isCallersFault(error) ? withCode(error, 'BAD_USER_INPUT') : internal(cause, error)
}

function rootCause(error: Error): Error {
  return error instanceof GraphQLError && error.originalError ? rootCause(error.originalError) : error
}

/**
 * An error without a path is about the request; one about the value of an argument points at that value. What is left
 * points at a field: graphql could not make an answer of what our resolver returned.
 */
function isCallersFault({ path, nodes }: GraphQLError): boolean {
  return path === undefined || nodes?.[0]?.kind !== Kind.FIELD
}

function withCode(error: GraphQLError, code: string): GraphQLError {
  // Without a path nothing was executed: as with a document that is not valid.
  const http = error.path === undefined ? { http: { spec: true, status: 400 } } : {}
  return new GraphQLError(error.message, { ...place(error), extensions: { ...http, ...error.extensions, code } })
}

function internal(cause: unknown, at: GraphQLError | undefined): GraphQLError {
  const correlationId = randomUUID()
  log.error({ correlationId, path: at?.path, err: cause }, 'an operation failed')
  return new GraphQLError(`Something went wrong on our side. Reference: ${correlationId}`, {
    ...(at && place(at)),
    extensions: { code: 'INTERNAL', correlationId, ...(at?.path === undefined ? { http: { status: 500 } } : {}) },
  })
}

/** Where an error is, for another one that takes its place. */
export function place({ nodes, source, positions, path }: GraphQLError) {
  return { nodes: nodes ?? null, source: source ?? null, positions: positions ?? null, path: path ?? null }
}
