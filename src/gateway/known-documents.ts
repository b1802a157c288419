import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  NoSchemaIntrospectionCustomRule,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  validate,
} from 'graphql'
import { limitProblems } from './document-limits.ts'
import { place } from './public-error.ts'
import type { Limits } from './settings.ts'

export type ReadDocument =
  | { readonly ok: true; readonly known: KnownDocument }
  | { readonly ok: false; readonly errors: readonly GraphQLError[] }

/** A document that is within the limits and valid. */
export interface KnownDocument {
  readonly document: DocumentNode
  readonly operations: readonly KnownOperation[]
}

export interface KnownOperation {
  readonly node: OperationDefinitionNode
  /** How often it has been asked for. */
  uses: number
}

export interface KnownDocuments {
  read(text: string): ReadDocument
}

/** Kept by their text: bounded in number, and in characters. */
const capacity = { documents: 500, characters: 2_000_000 }

/**
 * Parses and validates, which costs more than a simple query itself, and remembers the valid ones. What is not valid is not kept:
 * nobody can push the others out with it.
 */
export function knownDocuments(schema: GraphQLSchema, limits: Limits, introspection: boolean): KnownDocuments {
  const rules = introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule]
  const byText = new Map<string, KnownDocument>()
  let characters = 0

  function keep(text: string, known: KnownDocument): void {
    byText.set(text, known)
    characters += text.length
    for (const oldest of byText.keys()) {
      if (byText.size <= capacity.documents && characters <= capacity.characters) break
      byText.delete(oldest)
      characters -= oldest.length
    }
  }

  return {
    read(text) {
      const known = byText.get(text)
      if (known) {
        // A Map remembers the order of insertion: what is put in again is the youngest.
        byText.delete(text)
        byText.set(text, known)
        return { ok: true, known }
      }
      const read = check(text)
      if (read.ok) keep(text, read.known)
      return read
    },
  }

  function check(text: string): ReadDocument {
    const document = parsed(text, limits.documentTokens)
    if (document instanceof GraphQLError) return { ok: false, errors: [document] }
    const tooLarge = limitProblems(document, limits)
    if (tooLarge.length > 0) return { ok: false, errors: tooLarge }
    const invalid = validate(schema, document, rules)
    if (invalid.length > 0)
      return { ok: false, errors: invalid.map((error) => coded(error, 'GRAPHQL_VALIDATION_FAILED')) }
    const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
    return { ok: true, known: { document, operations: operations.map((node) => ({ node, uses: 0 })) } }
  }
}

function parsed(text: string, maxTokens: number): DocumentNode | GraphQLError {
  try {
    return parse(text, { maxTokens })
  } catch (error) {
    if (error instanceof GraphQLError) return coded(error, 'GRAPHQL_PARSE_FAILED')
    throw error
  }
}

/** A code of its own, such as the BAD_USER_INPUT of a scalar, stays. `spec`: 200 for those who accept application/json only. */
function coded(error: GraphQLError, code: string): GraphQLError {
  const extensions = { code, ...error.extensions, http: { spec: true, status: 400 } }
  return new GraphQLError(error.message, { ...place(error), extensions })
}
