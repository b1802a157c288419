import { nameProblem } from '../domain/name.ts'
import { userIdsProblems } from '../domain/user-ids.ts'
import { type FieldProblem, InvalidInput, Overloaded } from '../errors.ts'
import { removeTopicMembers, type TopicMembers, upsertTopicMembers } from '../store/topics.ts'
import { unknownUserIds } from '../store/users.ts'
import { builder } from './builder.ts'
import { throughBulk } from './bulk.ts'

const maxMembers = 10_000

const TopicMembersPayload = builder
  .objectRef<{ readonly topic: string; readonly memberCount: number }>('TopicMembersPayload')
  .implement({
    fields: (t) => ({
      topic: t.exposeString('topic'),
      memberCount: t.exposeInt('memberCount', { description: 'How many are in the topic now: exact.' }),
    }),
  })

const TopicMembersResult = builder.errorUnion('TopicMembersResult', {
  types: [TopicMembersPayload, InvalidInput, Overloaded],
  resolveType: () => 'TopicMembersPayload',
})

const TopicMembersInput = builder.inputType('TopicMembersInput', {
  fields: (t) => ({
    topic: t.string({ required: true, description: '1 to 128 of `A-Z a-z 0-9 _ . : -`.' }),
    userIds: t.idList({ required: true, description: '1 to 10,000. Duplicates count once.' }),
  }),
})

builder.mutationField('upsertTopicMembers', (t) =>
  t.field({
    type: TopicMembersResult,
    authScopes: { caller: true },
    description: 'Puts users into a topic, and makes the topic: all of them or none.',
    args: { input: t.arg({ type: TopicMembersInput, required: true }) },
    resolve: (_root, { input }, asked) =>
      throughBulk(asked, input.userIds, async ({ app }) => {
        const { topic, userIds } = input
        const unknown = userIds.length <= maxMembers ? await unknownUserIds(app.database, userIds) : []
        const problems = membersProblems(input, new Set(unknown))
        if (problems.length > 0) throw new InvalidInput(problems)
        return { topic, memberCount: await upsertTopicMembers(app.database.pool, input, app.now()) }
      }),
  }),
)

builder.mutationField('removeTopicMembers', (t) =>
  t.field({
    type: TopicMembersResult,
    authScopes: { caller: true },
    description: 'Takes users out of a topic; who is not in it is passed over. The topic stays.',
    args: { input: t.arg({ type: TopicMembersInput, required: true }) },
    resolve: (_root, { input }, asked) =>
      throughBulk(asked, input.userIds, async ({ app }) => {
        const problems = membersProblems(input, new Set())
        if (problems.length > 0) throw new InvalidInput(problems)
        const memberCount = await removeTopicMembers(app.database.pool, input)
        if (memberCount === undefined) throw new InvalidInput([topicProblem('UNKNOWN_TOPIC', 'there is no such topic')])
        return { topic: input.topic, memberCount }
      }),
  }),
)

function membersProblems({ topic, userIds }: TopicMembers, unknown: ReadonlySet<string>): readonly FieldProblem[] {
  const wrongName = nameProblem(topic)
  return [
    ...(wrongName ? [topicProblem('BAD_NAME', `must ${wrongName}`)] : []),
    ...userIdsProblems(userIds, { path: ['input', 'userIds'], most: maxMembers, unknown }),
  ]
}

function topicProblem(code: string, message: string): FieldProblem {
  return { path: ['input', 'topic'], code, message }
}
