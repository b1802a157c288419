import {
  type DocumentNode,
  type ExecutionResult,
  GraphQLBoolean,
  GraphQLID,
  GraphQLInt,
  GraphQLScalarType,
  type GraphQLSchema,
  GraphQLString,
  Kind,
  type OperationDefinitionNode,
  type VariableDefinitionNode,
} from 'graphql'
import { getVariableValues } from 'graphql/execution/values.js'
import { compileQuery, isCompiledQuery } from 'graphql-jit'
import { log } from '../log.ts'
import type { KnownOperation } from './known-documents.ts'

type Variables = Readonly<Record<string, unknown>>

/** Executes a query, or an event of a subscription, as graphql does, several times as fast. Undefined where graphql itself has to do it. */
export type Compiled = (
  variables: Variables,
  context: unknown,
  rootValue?: unknown,
) => Promise<ExecutionResult> | ExecutionResult | undefined

export type Compile = (document: DocumentNode, operation: KnownOperation) => Compiled | undefined

/** Compiling takes milliseconds: only for what comes again. */
const usesBeforeCompiling = 3

/**
 * Compiles queries. Their variables are read by graphql itself: graphql-jit does not know `@oneOf`, and words its
 * errors in another way.
 */
export function compiler(schema: GraphQLSchema): Compile {
  const compiled = new WeakMap<OperationDefinitionNode, Compiled>()
  const withAsItIs: GraphQLSchema = Object.create(schema, {
    getType: { value: (name: string) => (name === asItIs.name ? asItIs : schema.getType(name)) },
  })
  return (document, operation) => {
    if (operation.uses <= usesBeforeCompiling) return undefined
    const found = compiled.get(operation.node) ?? compile(schema, withAsItIs, document, operation.node)
    compiled.set(operation.node, found)
    return found
  }
}

function compile(
  schema: GraphQLSchema,
  withAsItIs: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): Compiled {
  const variableDefinitions = operation.variableDefinitions ?? []
  const untyped = { ...operation, variableDefinitions: variableDefinitions.map(takenAsItIs) }
  const definitions = document.definitions.map((definition) => (definition === operation ? untyped : definition))
  const query = compileQuery(withAsItIs, { ...document, definitions }, operation.name?.value, { customSerializers })
  if (!isCompiledQuery(query)) {
    log.warn({ operation: operation.name?.value, err: query.errors?.[0] }, 'a query cannot be compiled')
    return () => undefined
  }
  return (variables, context, rootValue) => {
    const { coerced } = getVariableValues(schema, variableDefinitions, { ...variables })
    return coerced && query.query(rootValue, context, coerced)
  }
}

/** What a value is nearly always needs no more than a look: the scalars themselves are for the rest. */
const customSerializers: Readonly<Record<string, (value: unknown) => unknown>> = {
  [GraphQLString.name]: (value) => (typeof value === 'string' ? value : GraphQLString.serialize(value)),
  [GraphQLID.name]: (value) => (typeof value === 'string' ? value : GraphQLID.serialize(value)),
  [GraphQLBoolean.name]: (value) => (typeof value === 'boolean' ? value : GraphQLBoolean.serialize(value)),
  [GraphQLInt.name]: (value) =>
    Number.isInteger(value) && Math.abs(Number(value)) < 2 ** 31 ? value : GraphQLInt.serialize(value),
}

/** The type of a variable of a compiled query: its value has been read and checked already. */
const asItIs = new GraphQLScalarType({ name: 'CarillonAsItIs', parseValue: (value) => value })

/** A Boolean stays one: `@skip` and `@include` insist, and it is read alike. */
function takenAsItIs(definition: VariableDefinitionNode): VariableDefinitionNode {
  const { kind, variable, type } = definition
  const named = type.kind === Kind.NON_NULL_TYPE ? type.type : type
  if (named.kind === Kind.NAMED_TYPE && named.name.value === GraphQLBoolean.name) return definition
  return { kind, variable, type: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: asItIs.name } } }
}
