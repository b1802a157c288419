import { type GraphQLSchema, isObjectType } from 'graphql'
import { connection, encodeCursor } from '../../src/schema/connection.ts'
import { items } from './inbox.ts'

/** Our schema, whose inbox is read from memory instead of PostgreSQL: the field's resolver and nothing else is replaced. */
export function inboxFromMemory(schema: GraphQLSchema): GraphQLSchema {
  const viewer = schema.getType('Viewer')
  if (!isObjectType(viewer)) throw new Error('the schema has no Viewer')
  const inbox = viewer.getFields()['inbox']
  if (inbox === undefined) throw new Error('Viewer has no inbox')
  inbox.resolve = async (_viewer, { first }: { first: number }) => ({
    ...connection({ rows: items.slice(0, first), hasNextPage: items.length > first }, (item) =>
      encodeCursor([`${item.createdSeq}`]),
    ),
    eventsCursor: 'none',
  })
  return schema
}
