import { userIdProblem } from '../domain/user-id.ts'
import { userIdsProblems } from '../domain/user-ids.ts'
import type { FieldProblem } from '../errors.ts'
import { InvalidInput, Overloaded } from '../errors.ts'
import { type Follows, removeFollows, upsertFollows } from '../store/follows.ts'
import { unknownUserIds } from '../store/users.ts'
import { builder } from './builder.ts'
import { throughBulk } from './bulk.ts'

const maxFollowers = 10_000

const FollowsPayload = builder
  .objectRef<{ readonly actorId: string; readonly followerCount: number }>('FollowsPayload')
  .implement({
    fields: (t) => ({
      actorId: t.exposeID('actorId'),
      followerCount: t.exposeInt('followerCount', { description: 'How many follow the actor now: exact.' }),
    }),
  })

const FollowsResult = builder.errorUnion('FollowsResult', {
  types: [FollowsPayload, InvalidInput, Overloaded],
  resolveType: () => 'FollowsPayload',
})

const actorIdHelp = 'Whom they follow: by the rule of user ids, but it need not be a user.'
const followerIdsHelp = '1 to 10,000. Duplicates count once.'

const UpsertFollowsInput = builder.inputType('UpsertFollowsInput', {
  fields: (t) => ({
    actorId: t.id({ required: true, description: actorIdHelp }),
    followerIds: t.idList({ required: true, description: followerIdsHelp }),
    notify: t.boolean({
      required: true,
      defaultValue: false,
      description: 'They want push and e-mail also when the actor has many followers.',
    }),
  }),
})

const RemoveFollowsInput = builder.inputType('RemoveFollowsInput', {
  fields: (t) => ({
    actorId: t.id({ required: true, description: actorIdHelp }),
    followerIds: t.idList({ required: true, description: `${followerIdsHelp} Who does not follow is passed over.` }),
  }),
})

builder.mutationField('upsertFollows', (t) =>
  t.field({
    type: FollowsResult,
    authScopes: { caller: true },
    description: 'Makes users follow an actor from now on, or changes `notify` of those who do: all of them or none.',
    args: { input: t.arg({ type: UpsertFollowsInput, required: true }) },
    resolve: (_root, { input }, asked) =>
      throughBulk(asked, input.followerIds, async ({ app }) => {
        const { actorId, followerIds } = input
        const unknown = followerIds.length <= maxFollowers ? await unknownUserIds(app.database, followerIds) : []
        const problems = followsProblems(input, new Set(unknown))
        if (problems.length > 0) throw new InvalidInput(problems)
        return { actorId, followerCount: await upsertFollows(app.database.pool, input, app.now()) }
      }),
  }),
)

builder.mutationField('removeFollows', (t) =>
  t.field({
    type: FollowsResult,
    authScopes: { caller: true },
    description: 'They do not follow the actor any more, from now on.',
    args: { input: t.arg({ type: RemoveFollowsInput, required: true }) },
    resolve: (_root, { input }, asked) =>
      throughBulk(asked, input.followerIds, async ({ app }) => {
        const problems = followsProblems(input, new Set())
        if (problems.length > 0) throw new InvalidInput(problems)
        return { actorId: input.actorId, followerCount: await removeFollows(app.database.pool, input, app.now()) }
      }),
  }),
)

function followsProblems({ actorId, followerIds }: Follows, unknown: ReadonlySet<string>): readonly FieldProblem[] {
  const wrongActor = userIdProblem(actorId)
  return [
    ...(wrongActor ? [{ path: ['input', 'actorId'], code: 'MALFORMED', message: `must ${wrongActor}` }] : []),
    ...userIdsProblems(followerIds, { path: ['input', 'followerIds'], most: maxFollowers, unknown }),
  ]
}
