import type { ExecutionResult } from 'graphql'
import { errorWithoutHttp } from './public-result.ts'

/** A result as clients of graphql-ws get it; where nothing was executed, its data are null. */
export function textOfResult({ data, errors, ...more }: ExecutionResult): string {
  if (errors === undefined) return JSON.stringify({ data, ...more })
  return JSON.stringify({ data: data ?? null, errors: errors.map((error) => errorWithoutHttp(error).toJSON()) })
}
