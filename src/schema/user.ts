import { usersProblems } from '../domain/user-input.ts'
import { InvalidInput, Overloaded } from '../errors.ts'
import { devicesOf } from '../store/devices.ts'
import { preferencesOf } from '../store/preferences.ts'
import { findUser, type User as UserShape, upsertUsers } from '../store/users.ts'
import { builder } from './builder.ts'
import { throughBulk } from './bulk.ts'
import { Device } from './device.ts'
import { userIdOfNode, userNodeId } from './node-ids.ts'
import { Preferences } from './preferences.ts'

export const User = builder.objectRef<UserShape>('User')

builder.node(User, {
  id: { resolve: (user) => userNodeId(user.userId) },
  authScopes: { caller: true },
  description: 'A user as callers see her.',
  loadOne: (id, { app }) => findUser(app.database, userIdOfNode(id) ?? ''),
  fields: (t) => ({
    userId: t.exposeID('userId', { description: "The callers' own id." }),
    email: t.exposeString('email', { nullable: true }),
    phone: t.exposeString('phone', { nullable: true, description: 'E.164.' }),
    timeZone: t.exposeString('timeZone', { nullable: true, description: 'IANA; as callers set it.' }),
    locale: t.exposeString('locale', { nullable: true, description: 'BCP 47; as callers set it.' }),
    region: t.exposeString('region', { nullable: true }),
    attributes: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What segments ask about, and `{{ user.… }}` in templates.',
      resolve: (user) => user.attributes,
    }),
    preferences: t.field({
      type: Preferences,
      resolve: (user, _args, { app }) => preferencesOf(app.database, user.userId),
    }),
    devices: t.field({
      type: [Device],
      description: 'Active and inactive, newest first.',
      resolve: (user, _args, { app }) => devicesOf(app.database, user.userId),
    }),
  }),
})

builder.queryField('user', (t) =>
  t.field({
    type: User,
    nullable: true,
    authScopes: { caller: true },
    args: { userId: t.arg.id({ required: true }) },
    resolve: (_root, { userId }, { app }) => findUser(app.database, userId),
  }),
)

const UserInput = builder.inputType('UserInput', {
  description: 'What is left out stays as it is, null clears it.',
  fields: (t) => ({
    id: t.id({
      required: true,
      description:
        'Your own: 1 to 128 of `A-Z a-z 0-9 _ . : -`. It must not look like a phone number: 10 to 15 digits, together or with `-` and `.`, and nothing else.',
    }),
    email: t.string(),
    phone: t.string({ description: 'E.164: `+4930123456`.' }),
    timeZone: t.string({ description: 'IANA: `Europe/Berlin`. Until she sets one in her preferences.' }),
    locale: t.string({ description: 'BCP 47: `pt-BR`. Until she sets one in her preferences.' }),
    region: t.string({ description: '1 to 64 characters.' }),
    attributes: t.field({
      type: 'JSON',
      description:
        'An object of at most 16 KB, replaced as a whole: what segments ask about, and `{{ user.… }}` in templates.',
    }),
  }),
})

const UpsertUsersInput = builder.inputType('UpsertUsersInput', {
  fields: (t) => ({ users: t.field({ type: [UserInput], required: true, description: '1 to 1,000, each once.' }) }),
})

const UpsertUsersPayload = builder.objectRef<{ readonly count: number }>('UpsertUsersPayload').implement({
  fields: (t) => ({ count: t.exposeInt('count', { description: 'How many users the input had.' }) }),
})

builder.mutationField('upsertUsers', (t) =>
  t.field({
    type: UpsertUsersPayload,
    errors: { types: [InvalidInput, Overloaded], union: { name: 'UpsertUsersResult' } },
    authScopes: { caller: true },
    description: 'Makes users known, or changes them: all of them or, with one problem, none.',
    args: { input: t.arg({ type: UpsertUsersInput, required: true }) },
    resolve: (_root, { input: { users } }, asked) =>
      throughBulk(asked, users, async ({ app }) => {
        const problems = usersProblems(users)
        if (problems.length > 0) throw new InvalidInput(problems)
        await upsertUsers(app.database, users, app.now())
        return { count: users.length }
      }),
  }),
)
