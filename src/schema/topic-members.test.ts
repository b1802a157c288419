import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { aCaller, aViewer, openSchemaApp, unique } from '../../test/setup/schema-app.ts'
import { upsertUsers } from '../store/users.ts'

const { app, run, close } = await openSchemaApp()
afterAll(close)

const [ada, bruno] = [unique('ada'), unique('bruno')]
beforeAll(() =>
  upsertUsers(
    app.database,
    [ada, bruno].map((id) => ({ id })),
    new Date(),
  ),
)

const answer = `__typename ... on TopicMembersPayload { topic memberCount }
  ... on InvalidInput { fields { path code } }`
const join = `mutation ($input: TopicMembersInput!) { result: upsertTopicMembers(input: $input) { ${answer} } }`
const leave = `mutation ($input: TopicMembersInput!) { result: removeTopicMembers(input: $input) { ${answer} } }`

const counted = (topic: string, memberCount: number) => ({
  data: { result: { __typename: 'TopicMembersPayload', topic, memberCount } },
})
const invalid = (...fields: readonly (readonly [readonly string[], string])[]) => ({
  data: {
    result: {
      __typename: 'InvalidInput',
      fields: fields.map(([path, code]) => ({ path: ['input', ...path], code })),
    },
  },
})

test('users join and leave a topic, and are counted', async () => {
  const topic = unique('topic')
  const asked = [
    await run(aCaller(), join, { input: { topic, userIds: [ada, bruno, ada] } }),
    await run(aCaller(), join, { input: { topic, userIds: [bruno] } }),
    await run(aCaller(), leave, { input: { topic, userIds: [ada, 'nobody'] } }),
    await run(aCaller(), leave, { input: { topic, userIds: [bruno] } }),
  ]
  expect(asked).toEqual([2, 2, 1, 0].map((count) => counted(topic, count)))
})

describe('nothing is changed, and the caller told which fields are wrong, when', () => {
  const many = Array.from({ length: 10_001 }, (_, n) => `user-${n}`)
  it.each([
    ['nobody is named', { userIds: [] }, invalid([['userIds'], 'EMPTY'])],
    ['10,001 are named', { userIds: many }, invalid([['userIds'], 'TOO_MANY'])],
    [
      'all of it is wrong',
      { topic: 'no spaces', userIds: ['a b', ada] },
      invalid([['topic'], 'BAD_NAME'], [['userIds', '0'], 'MALFORMED']),
    ],
  ])('%s', async (_what, change, refused) => {
    const input = { topic: unique('topic'), ...change }
    expect(await run(aCaller(), join, { input })).toEqual(refused)
    expect(await run(aCaller(), leave, { input })).toEqual(refused)
  })

  it('some of them are unknown', async () => {
    const input = { topic: unique('topic'), userIds: [ada, unique('x')] }
    expect(await run(aCaller(), join, { input })).toEqual(invalid([['userIds', '1'], 'UNKNOWN_USER']))
  })

  it('somebody is to leave a topic that there is not', async () => {
    const input = { topic: unique('topic'), userIds: [ada] }
    expect(await run(aCaller(), leave, { input })).toEqual(invalid([['topic'], 'UNKNOWN_TOPIC']))
  })
})

test('a viewer is refused', async () => {
  for (const mutation of [join, leave]) {
    const asked = run(aViewer(ada), mutation, { input: { topic: 'x', userIds: [ada] } })
    expect(await asked).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] })
  }
})
