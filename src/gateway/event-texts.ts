import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql'
import type { InboxEventShape } from '../schema/inbox-catch-up.ts'
import { addedItems, type Execute } from './added-items.ts'
import { textOfResult } from './text-of-result.ts'

/** The result that an operation has for an event, as JSON. `execute` makes it, with data that nobody else has. */
export type EventTexts = (event: InboxEventShape, execute: Execute) => string | Promise<string>

/**
 * The results of one operation, with one set of variables, for whoever has asked for it: each event is executed and
 * written as JSON once, and an item that many have been sent is written once for all of them.
 */
export function eventTexts(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): EventTexts {
  const made = new WeakMap<InboxEventShape, string | Promise<string>>()
  const items = addedItems(schema, document, operation, variables)

  return (event, execute) => {
    const found = items?.again(event) ?? made.get(event) ?? items?.textOf(event, execute)
    if (found !== undefined) return found
    const result = execute()
    const text = result instanceof Promise ? result.then(textOfResult) : textOfResult(result)
    made.set(event, text)
    return text
  }
}
