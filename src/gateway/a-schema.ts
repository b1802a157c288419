import { buildSchema, type GraphQLFieldResolver, GraphQLObjectType, type GraphQLSchema } from 'graphql'
import type { Context } from '../schema/context.ts'

/** For tests: a schema that fails, waits and repeats itself on demand, as ours should not. */
export function aSchema(resolvers: Readonly<Record<string, GraphQLFieldResolver<unknown, Context>>>): GraphQLSchema {
  const schema = buildSchema(`
    type Query { value(of: Int! = 1): Int, required: Int! }
    type Mutation { change: Int }
    type Subscription { ticks: Int! }`)
  for (const type of Object.values(schema.getTypeMap())) {
    if (!(type instanceof GraphQLObjectType)) continue
    for (const field of Object.values(type.getFields())) {
      const resolve = resolvers[field.name]
      if (resolve === undefined) continue
      if (type.name === 'Subscription') {
        field.subscribe = resolve
        field.resolve = (tick) => tick
      } else field.resolve = resolve
    }
  }
  return schema
}
