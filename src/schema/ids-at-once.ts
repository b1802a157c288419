import { type GraphQLSchema, isObjectType } from 'graphql'
import { z } from 'zod'

type Id = (parent: unknown, args: object, context: unknown, info: unknown) => unknown

const node = z.object({
  pothosOptions: z.object({
    authScopes: z.unknown().optional(),
    id: z.object({ resolve: z.custom<Id>((value) => typeof value === 'function') }),
  }),
})

/**
 * Pothos makes the id of a node in a promise of its own, three turns deep; our ids are what their resolver says. A list of
 * nodes is executed several times as fast without. What is for some only keeps the resolver that looks.
 */
export function idsAtOnce(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    const { success, data } = node.safeParse(type.extensions)
    if (!isObjectType(type) || !success || data.pothosOptions.authScopes !== undefined) continue
    const { id } = type.getFields()
    if (id) id.resolve = data.pothosOptions.id.resolve
  }
  return schema
}
