import { type GraphQLSchema, Kind, visit } from 'graphql'
import { getVariableValues } from 'graphql/execution/values.js'
import { Lru } from '../store/lru.ts'
import { type EventTexts, eventTexts } from './event-texts.ts'
import type { KnownDocument, KnownOperation } from './known-documents.ts'

type Variables = Readonly<Record<string, unknown>>

/** Sets of variables, of one operation, whose results are shared. */
const setsKept = 20

/** The texts of one operation, by the variables that say what is in them. */
interface Shared {
  readonly variables: readonly string[]
  readonly bySet: Lru<string, EventTexts>
}

/**
 * The texts of an operation, shared by all who have asked for it with the same variables. Where somebody continues from
 * (`after`) says what he is told, not how.
 */
export function sharedTexts(schema: GraphQLSchema) {
  const shared = new WeakMap<KnownOperation, Shared>()
  return (known: KnownDocument, operation: KnownOperation, variables: Variables): EventTexts => {
    const own = shared.get(operation) ?? { variables: telling(known, operation), bySet: new Lru(setsKept) }
    shared.set(operation, own)
    const set = JSON.stringify(own.variables.map((name) => [name, variables[name]]))
    const found = own.bySet.get(set)
    if (found) return found
    const { coerced = {} } = getVariableValues(schema, operation.node.variableDefinitions ?? [], { ...variables })
    const made = eventTexts(schema, known.document, operation.node, coerced)
    own.bySet.set(set, made)
    return made
  }
}

/** All its variables but those that are the `after` of the events and nothing else. */
function telling({ document }: KnownDocument, { node }: KnownOperation): readonly string[] {
  const uses: string[] = []
  visit(document, { VariableDefinition: () => false, Variable: ({ name }) => void uses.push(name.value) })
  const afters = node.selectionSet.selections.flatMap((selection) =>
    selection.kind === Kind.FIELD && selection.name.value === 'inboxEvents'
      ? (selection.arguments ?? []).flatMap(({ name, value }) =>
          name.value === 'after' && value.kind === Kind.VARIABLE ? [value.name.value] : [],
        )
      : [],
  )
  return (node.variableDefinitions ?? [])
    .map(({ variable }) => variable.name.value)
    .filter((name) => !(afters.includes(name) && uses.filter((use) => use === name).length === 1))
}
