import { z } from 'zod'
import type { OperationRequest } from './operations.ts'
import { refusal } from './refusal.ts'

const map = z.record(z.string(), z.unknown())

const params = z.strictObject({
  query: z.string({ error: 'has to be a string with a GraphQL document' }).min(1),
  variables: map.nullish(),
  operationName: z.string().nullish(),
  extensions: map.nullish(),
})

/** The parameters of "GraphQL over HTTP"; throws what to answer when they are something else. */
export function operationRequest(value: unknown): OperationRequest {
  const parsed = params.safeParse(value)
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => [...path, message].join(': '))
    throw refusal('BAD_REQUEST', `The request is no GraphQL request. ${problems.join('; ')}`, {
      status: 400,
      spec: true,
    })
  }
  const { query, variables, operationName } = parsed.data
  return { query, variables: variables ?? {}, operationName: operationName || undefined }
}
