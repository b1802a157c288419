import type { codegen } from '@graphql-codegen/core'
import { type DefinitionNode, Kind, type OperationDefinitionNode, print, visit } from 'graphql'

export type Plugin = Parameters<typeof codegen>[0]['pluginMap'][string]

/** Operations as text: a browser needs no parser and no printer for them, and they weigh a tenth. */
export const typedQueries: Plugin = {
  plugin(_schema, files) {
    const definitions = files.flatMap(({ document }) => document?.definitions ?? [])
    const operations = definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION)
    return {
      prepend: ["import type { Operation } from '../operation.ts'"],
      content: operations.map((operation) => typedQuery(operation, definitions)).join('\n'),
    }
  },
}

function typedQuery(operation: OperationDefinitionNode, definitions: readonly DefinitionNode[]): string {
  const text = [operation, ...fragmentsOf(operation, definitions)].map(print).join('\n').replace(/\s+/g, ' ')
  const name = operation.name?.value ?? ''
  const data = `${name}${operation.operation.replace(/^./, (first) => first.toUpperCase())}`
  const constant = `${name.replace(/^./, (first) => first.toLowerCase())}${data.slice(name.length)}`
  return `export const ${constant}: Operation<${data}, ${data}Variables> = { query: ${JSON.stringify(text)} }`
}

/** Those that it spreads, and those that they spread, each once. */
function fragmentsOf(operation: OperationDefinitionNode, definitions: readonly DefinitionNode[]) {
  const fragments = definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION)
  const found = new Set<DefinitionNode>([operation])
  // What is added while the set is gone through is gone through too.
  for (const definition of found) {
    visit(definition, {
      FragmentSpread({ name }) {
        for (const each of fragments) if (each.name.value === name.value) found.add(each)
      },
    })
  }
  found.delete(operation)
  return found
}
