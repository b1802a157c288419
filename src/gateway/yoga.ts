import { createYoga, type Plugin } from 'graphql-yoga'
import { operationRequest } from './operation-request.ts'
import type { Asker, Operations } from './operations.ts'
import { publicError } from './public-error.ts'

export interface YogaContext extends Record<string, unknown> {
  readonly asker: Asker
}

/**
 * Yoga for HTTP as such: GET, batches, negotiation, server-sent events. What it would do with an operation itself is
 * replaced by ours; what it does around it is off where the server in front does it already.
 */
export function yogaOver(operations: Operations, batchLimit: number) {
  const runOurs: Plugin<object, YogaContext> = {
    onParams({ setParamsHandler }) {
      setParamsHandler(({ params, context }) => operations.run(operationRequest(params), context.asker))
    },
  }
  return createYoga<YogaContext>({
    plugins: [runOurs],
    batching: { limit: batchLimit },
    maskedErrors: { maskError: publicError },
    maxRequestBodySize: false,
    multipart: false,
    cors: false,
    graphiql: false,
    landingPage: false,
    logging: false,
    parserAndValidationCache: false,
  })
}
