import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { aCaller, aViewer, nobody, openSchemaApp, unique } from '../../test/setup/schema-app.ts'
import { upsertUsers } from '../store/users.ts'

const { app, run, close } = await openSchemaApp()
afterAll(close)

const [ada, bruno, chiyo] = [unique('ada'), unique('bruno'), unique('chiyo')]
beforeAll(() =>
  upsertUsers(
    app.database,
    [ada, bruno, chiyo].map((id) => ({ id })),
    new Date(),
  ),
)

const answer = `__typename ... on FollowsPayload { actorId followerCount }
  ... on InvalidInput { code fields { path code } }`
const follow = `mutation ($input: UpsertFollowsInput!) { result: upsertFollows(input: $input) { ${answer} } }`
const unfollow = `mutation ($input: RemoveFollowsInput!) { result: removeFollows(input: $input) { ${answer} } }`

const counted = (actorId: string, followerCount: number) => ({
  data: { result: { __typename: 'FollowsPayload', actorId, followerCount } },
})
const invalid = (...fields: readonly (readonly [readonly string[], string])[]) => ({
  data: {
    result: {
      __typename: 'InvalidInput',
      code: 'INVALID_INPUT',
      fields: fields.map(([path, code]) => ({ path: ['input', ...path], code })),
    },
  },
})

test('users follow an actor, who need not be a user, and are counted', async () => {
  const actorId = unique('page')
  const asked = [
    await run(aCaller(), follow, { input: { actorId, followerIds: [ada, bruno, ada], notify: true } }),
    await run(aCaller(), follow, { input: { actorId, followerIds: [bruno, chiyo] } }),
    await run(aCaller(), unfollow, { input: { actorId, followerIds: [ada, chiyo, 'nobody'] } }),
  ]
  expect(asked).toEqual([counted(actorId, 2), counted(actorId, 3), counted(actorId, 1)])
  const { rows } = await app.database.pool.query('SELECT follower_id, notify FROM follow WHERE actor_id = $1', [
    actorId,
  ])
  expect(rows).toEqual([{ follower_id: bruno, notify: false }])
})

describe('nothing is changed, and the caller told which fields are wrong, when', () => {
  const many = Array.from({ length: 10_001 }, (_, n) => `user-${n}`)
  it.each([
    ['nobody is named', { followerIds: [] }, invalid([['followerIds'], 'EMPTY'])],
    ['10,001 are named', { followerIds: many }, invalid([['followerIds'], 'TOO_MANY'])],
    ['the actor is an address', { actorId: '+4915112345678', followerIds: [ada] }, invalid([['actorId'], 'MALFORMED'])],
    [
      'all of it is wrong',
      { actorId: '', followerIds: ['a b', ada, 'x\0y'] },
      invalid([['actorId'], 'MALFORMED'], [['followerIds', '0'], 'MALFORMED'], [['followerIds', '2'], 'MALFORMED']),
    ],
  ])('%s', async (_what, change, refused) => {
    const input = { actorId: unique('actor'), ...change }
    expect(await run(aCaller(), follow, { input })).toEqual(refused)
    expect(await run(aCaller(), unfollow, { input })).toEqual(refused)
  })

  it('some of them are unknown', async () => {
    const input = { actorId: unique('actor'), followerIds: [unique('x'), ada, unique('y')] }
    const refused = invalid([['followerIds', '0'], 'UNKNOWN_USER'], [['followerIds', '2'], 'UNKNOWN_USER'])
    expect(await run(aCaller(), follow, { input })).toEqual(refused)
    const { rows } = await app.database.pool.query('SELECT FROM follow WHERE actor_id = $1', [input.actorId])
    expect(rows).toEqual([])
  })
})

test.each([
  ['a viewer', aViewer(ada), 'FORBIDDEN'],
  ['nobody', nobody, 'UNAUTHENTICATED'],
])('%s is refused', async (_who, principal, code) => {
  const input = { actorId: 'x', followerIds: [ada] }
  for (const mutation of [follow, unfollow]) {
    expect(await run(principal, mutation, { input })).toMatchObject({ errors: [{ extensions: { code } }] })
  }
})
