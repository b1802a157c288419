import { type DocumentNode, type FragmentDefinitionNode, type GraphQLError, Kind, type SelectionSetNode } from 'graphql'
import { refusal } from './refusal.ts'
import type { Limits } from './settings.ts'

interface Size {
  readonly fields: number
  readonly aliases: number
  readonly depth: number
  /** Fields of the outermost level. */
  readonly roots: number
}

/** Introspection as tools write it goes through nine `ofType`. */
const introspectionDepth = 20

/**
 * What of a document is over the limits. It is asked before validation, whose cost grows with the square of the fields.
 * Each fragment is measured once, so that fragments that double each other cost nothing here either.
 */
export function limitProblems(document: DocumentNode, limits: Limits): GraphQLError[] {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  }
  const measure = measuring(fragments)
  const problems: GraphQLError[] = []
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION) continue
    const size = measure(definition.selectionSet)
    const isIntrospection = definition.selectionSet.selections.every(
      (selection) => selection.kind === Kind.FIELD && selection.name.value.startsWith('__'),
    )
    const depth = isIntrospection || definition.kind === Kind.FRAGMENT_DEFINITION ? introspectionDepth : limits.depth
    if (size.depth > depth) problems.push(tooLarge('levels', size.depth, depth))
    if (size.aliases > limits.aliases) problems.push(tooLarge('aliases', size.aliases, limits.aliases))
    if (size.fields > limits.fields) problems.push(tooLarge('fields', size.fields, limits.fields))
    if (definition.kind === Kind.OPERATION_DEFINITION && size.roots > limits.rootFields) {
      problems.push(tooLarge('root fields', size.roots, limits.rootFields))
    }
  }
  return problems
}

function measuring(fragments: ReadonlyMap<string, FragmentDefinitionNode>): (set: SelectionSetNode) => Size {
  const known = new Map<string, Size>()

  function fragment(name: string): Size {
    const size = known.get(name)
    if (size) return size
    // A fragment that contains itself is for validation to report; here it only must not go on for ever.
    known.set(name, empty)
    const definition = fragments.get(name)
    const measured = definition ? measure(definition.selectionSet) : empty
    known.set(name, measured)
    return measured
  }

  function measure(set: SelectionSetNode): Size {
    let [fields, aliases, depth, roots] = [0, 0, 0, 0]
    for (const selection of set.selections) {
      const inner =
        selection.kind === Kind.FRAGMENT_SPREAD
          ? fragment(selection.name.value)
          : selection.selectionSet
            ? measure(selection.selectionSet)
            : empty
      const isField = selection.kind === Kind.FIELD
      // Spreads count too: they cost as much to validate as fields do.
      fields += inner.fields + 1
      aliases += inner.aliases + (isField && selection.alias ? 1 : 0)
      depth = Math.max(depth, inner.depth + (isField ? 1 : 0))
      roots += isField ? 1 : inner.roots
    }
    return { fields, aliases, depth, roots }
  }

  return measure
}

const empty: Size = { fields: 0, aliases: 0, depth: 0, roots: 0 }

function tooLarge(what: string, count: number, limit: number): GraphQLError {
  return refusal('OPERATION_TOO_LARGE', `Too many ${what}: ${count} of at most ${limit}.`, {
    status: 400,
    limit,
  })
}
