import { GraphQLError } from 'graphql'
import { isStorableText } from '../domain/json-value.ts'
import { nameProblem } from '../domain/name.ts'
import { segmentFilterProblems, toSegmentFilter } from '../domain/segment-input.ts'
import { InvalidInput, Overloaded } from '../errors.ts'
import {
  findSegment,
  listSegments,
  type Membership,
  previewSegment,
  type Segment as SegmentShape,
  upsertSegment,
} from '../store/segments.ts'
import { builder } from './builder.ts'
import { badArgument, connection, connectionOf, decodeCursor, encodeCursor, pageArgs, pageSize } from './connection.ts'
import { segmentNodeId } from './node-ids.ts'
import { SegmentFilterInput } from './segment-filter.ts'

const Segment = builder.objectRef<SegmentShape>('Segment')

builder.node(Segment, {
  id: { resolve: (segment) => segmentNodeId(segment.name) },
  authScopes: { bulk: true },
  description: 'Users by what is known of them. Who is in it is found out when something is sent to it.',
  loadOne: (id, { app }) => findSegment(app.database.pool, id.slice(4)),
  fields: (t) => ({
    name: t.exposeString('name'),
    filter: t.field({ type: 'JSON', description: 'As it was given.', resolve: (segment) => segment.filter }),
    memberCount: t.exposeInt('memberCount', {
      nullable: true,
      description: 'At `countedAt`; null: it took too long to count.',
    }),
    countedAt: t.expose('countedAt', { type: 'DateTime', nullable: true }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
  }),
})

const SegmentPreview = builder.objectRef<Membership>('SegmentPreview').implement({
  description: 'Whom a filter holds now.',
  fields: (t) => ({
    memberCount: t.exposeInt('memberCount'),
    sampleUserIds: t.idList({ description: 'Ten of them.', resolve: ({ sampleUserIds }) => [...sampleUserIds] }),
    unknownPaths: t.stringList({
      description: 'What the filter asks about and no user has: misspelt, probably.',
      resolve: ({ unknownPaths }) => [...unknownPaths],
    }),
  }),
})

builder.queryField('segments', (t) =>
  t.field({
    type: connectionOf('Segment', Segment),
    authScopes: { bulk: true },
    description: 'By name.',
    args: pageArgs(t.arg),
    resolve: async (_root, args, { app }) => {
      const size = pageSize(args)
      const [after] = decodeCursor(args.after, 1) ?? []
      if (after !== undefined && !isStorableText(after)) throw badArgument('after', 'is not a cursor of this list')
      const rows = await listSegments(app.database.pool, after, size + 1)
      const page = { rows: rows.slice(0, size), hasNextPage: rows.length > size }
      return connection(page, (segment) => encodeCursor([segment.name]), args.after)
    },
  }),
)

builder.queryField('previewSegment', (t) =>
  t.field({
    type: SegmentPreview,
    errors: { types: [InvalidInput, Overloaded], union: { name: 'PreviewSegmentResult' } },
    authScopes: { bulk: true },
    description: 'Counts whom a filter holds, and keeps nothing.',
    args: { filter: t.arg({ type: SegmentFilterInput, required: true }) },
    resolve: async (_root, { filter }, { app }) => {
      const problems = segmentFilterProblems(filter, ['filter'])
      if (problems.length > 0) throw new InvalidInput(problems)
      const membership = await app.bulk.run('SOCIAL', ({ pool }) => previewSegment(pool, toSegmentFilter(filter)))
      if (membership === undefined) {
        throw new GraphQLError('There are too many users to count these in time.', { extensions: { code: 'TIMEOUT' } })
      }
      return membership
    },
  }),
)

const UpsertSegmentInput = builder.inputType('UpsertSegmentInput', {
  fields: (t) => ({
    name: t.string({ required: true, description: '1 to 128 of `A-Z a-z 0-9 _ . : -`.' }),
    filter: t.field({ type: SegmentFilterInput, required: true }),
  }),
})

builder.mutationField('upsertSegment', (t) =>
  t.field({
    type: Segment,
    errors: { types: [InvalidInput, Overloaded], union: { name: 'UpsertSegmentResult' } },
    authScopes: { bulk: true },
    description:
      'Makes a segment, or replaces its filter, and counts its members. Notifications that were accepted keep the filter they had.',
    args: { input: t.arg({ type: UpsertSegmentInput, required: true }) },
    resolve: async (_root, { input: { name, filter } }, { app }) => {
      const wrongName = nameProblem(name)
      const problems = [
        ...(wrongName ? [{ path: ['input', 'name'], code: 'BAD_NAME', message: `must ${wrongName}` }] : []),
        ...segmentFilterProblems(filter, ['input', 'filter']),
      ]
      if (problems.length > 0) throw new InvalidInput(problems)
      return app.bulk.run('SOCIAL', ({ pool }) => upsertSegment(pool, name, toSegmentFilter(filter), app.now()))
    },
  }),
)
