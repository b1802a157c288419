import { Ajv, type AnySchema, type ErrorObject } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'

/** What is wrong with the data; empty when it is as the schema says. */
export type SchemaValidator = (data: unknown) => readonly ErrorObject[]

// Not strict: a valid JSON Schema may have keywords and formats that we do not know. `logger: false`: they are no news.
const options = { allErrors: true, strict: false, logger: false, addUsedSchema: false } as const
const current = withFormats(new Ajv2020(options))
/** Draft 7 is what many tools still write; the two cannot share an instance. */
const draft7 = withFormats(new Ajv(options))

const remembered = 500
const byText = new Map<string, SchemaValidator>()

/**
 * The validator of a JSON Schema (2020-12; draft 7 where `$schema` says so), compiled once.
 *
 * Throws an Error that says why, when it is none.
 */
export function schemaValidator(schema: unknown): SchemaValidator {
  const text = JSON.stringify(schema)
  const known = byText.get(text)
  const validator = known ?? compile(schema)
  // Put back last: the first of a full map is the one that was not used for longest.
  byText.delete(text)
  byText.set(text, validator)
  if (byText.size > remembered) byText.delete(byText.keys().next().value ?? text)
  return validator
}

function compile(schema: unknown): SchemaValidator {
  if (!isSchema(schema)) throw new Error('is a JSON object or a boolean')
  const ajv = /draft-0[67]/.test(dialect(schema)) ? draft7 : current
  try {
    const validate = ajv.compile(schema)
    if ('$async' in validate) throw new Error('"$async" is not supported')
    return (data) => (validate(data) ? [] : (validate.errors ?? []))
  } finally {
    // ajv would keep every schema for ever.
    ajv.removeSchema(schema)
  }
}

function isSchema(schema: unknown): schema is AnySchema {
  return typeof schema === 'boolean' || (typeof schema === 'object' && schema !== null && !Array.isArray(schema))
}

function dialect(schema: AnySchema): string {
  return typeof schema === 'object' && '$schema' in schema ? String(schema['$schema']) : ''
}

function withFormats<A extends Ajv | Ajv2020>(ajv: A): A {
  formats.default(ajv)
  return ajv
}
