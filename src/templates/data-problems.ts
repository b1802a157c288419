import type { ErrorObject } from 'ajv'
import type { FieldProblem } from '../errors.ts'
import { schemaValidator } from './schema-validator.ts'

/**
 * Every way in which a notification's data is not as its template wants it, with the path of the field that is missing,
 * wrong or too many. The code is the JSON Schema keyword: "required" → `REQUIRED`, "maxLength" → `MAX_LENGTH`.
 * No message repeats a value: data may be secret.
 */
export function dataProblems(dataSchema: unknown, data: unknown): readonly FieldProblem[] {
  if (dataSchema === undefined || dataSchema === null) return []
  return schemaValidator(dataSchema)(data ?? {}).map(problem)
}

function problem(error: ErrorObject): FieldProblem {
  return {
    path: ['input', 'data', ...pointer(error.instancePath), ...field(error.params)],
    code: error.keyword.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase(),
    message: error.message ?? `does not satisfy "${error.keyword}"`,
  }
}

/** RFC 6901. */
function pointer(instancePath: string): readonly string[] {
  return instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function field(params: ErrorObject['params']): readonly string[] {
  const name: unknown = params['missingProperty'] ?? params['additionalProperty'] ?? params['unevaluatedProperty']
  return typeof name === 'string' ? [name] : []
}
