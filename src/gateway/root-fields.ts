import {
  type DirectiveNode,
  type DocumentNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'

/** The response names of the top-level fields that an operation executes. The document is valid. */
export function rootFields(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): ReadonlySet<string> {
  const names = new Set<string>()
  const visited = new Set<string>()

  function visit(set: SelectionSetNode): void {
    for (const selection of set.selections) {
      if (isLeftOut(selection.directives ?? [], variables)) continue
      if (selection.kind === Kind.FIELD) names.add((selection.alias ?? selection.name).value)
      else if (selection.kind === Kind.INLINE_FRAGMENT) visit(selection.selectionSet)
      else visitFragment(selection.name.value)
    }
  }

  function visitFragment(name: string): void {
    if (visited.has(name)) return
    visited.add(name)
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === name) visit(definition.selectionSet)
    }
  }

  visit(operation.selectionSet)
  return names
}

function isLeftOut(directives: readonly DirectiveNode[], variables: Readonly<Record<string, unknown>>): boolean {
  return directives.some(({ name, arguments: [condition] = [] }) => {
    const value = condition?.value
    const holds =
      value?.kind === Kind.VARIABLE ? variables[value.name.value] : value?.kind === Kind.BOOLEAN && value.value
    return (name.value === 'skip' && holds === true) || (name.value === 'include' && holds === false)
  })
}
