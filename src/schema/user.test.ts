import { afterAll, expect, test } from 'vitest'
import { aCaller, aViewer, nobody, openSchemaApp, unique } from '../../test/setup/schema-app.ts'

const { run, close } = await openSchemaApp()
afterAll(close)

const upsert = `mutation ($input: UpsertUsersInput!) { upsertUsers(input: $input) {
  __typename ... on UpsertUsersPayload { count } ... on InvalidInput { code message fields { path code } } } }`
const fields = `__typename id userId email phone timeZone locale region attributes
  preferences { id userId timeZone locale hardStop } devices { id }`
const user = `query ($userId: ID!) { user(userId: $userId) { ${fields} } }`
const node = `query ($id: ID!) { node(id: $id) { ... on User { ${fields} } } }`

test('a caller makes users known and reads them back', async () => {
  const [ada, bob] = [unique('ada'), unique('bob')]
  const given = {
    email: 'ada@example.com',
    phone: '+15555550100',
    timeZone: 'Europe/London',
    locale: 'en-GB',
    region: 'EU',
    attributes: { plan: 'pro' },
  }
  expect(await run(aCaller(), upsert, { input: { users: [{ id: ada, ...given }, { id: bob }] } })).toEqual({
    data: { upsertUsers: { __typename: 'UpsertUsersPayload', count: 2 } },
  })
  const shown = {
    __typename: 'User',
    id: `usr_${ada}`,
    userId: ada,
    ...given,
    preferences: { id: `prf_${ada}`, userId: ada, timeZone: 'Europe/London', locale: 'en-GB', hardStop: false },
    devices: [],
  }
  expect(await run(aCaller(), user, { userId: ada })).toEqual({ data: { user: shown } })
  expect(await run(aCaller(), node, { id: `usr_${ada}` })).toEqual({ data: { node: shown } })
})

test('a field that is left out stays, one that is null is cleared', async () => {
  const id = unique('ada')
  await run(aCaller(), upsert, { input: { users: [{ id, email: 'ada@example.com', phone: '+15555550100' }] } })
  const literal = `mutation { upsertUsers(input: { users: [{ id: "${id}", phone: null, region: "EU" }] }) { __typename } }`
  await run(aCaller(), literal)
  expect(await run(aCaller(), user, { userId: id })).toMatchObject({
    data: { user: { email: 'ada@example.com', phone: null, region: 'EU', attributes: {} } },
  })
})

test('one bad user, and nobody is changed', async () => {
  const id = unique('ada')
  const users = [{ id }, { id: '+15555550100', email: 'x', phone: 'x', timeZone: 'x', locale: '!', attributes: [] }]
  expect(await run(aCaller(), upsert, { input: { users } })).toMatchObject({
    data: {
      upsertUsers: {
        __typename: 'InvalidInput',
        code: 'INVALID_INPUT',
        fields: [
          { path: ['input', 'users', '1', 'id'], code: 'BAD_USER_ID' },
          { path: ['input', 'users', '1', 'email'], code: 'BAD_EMAIL' },
          { path: ['input', 'users', '1', 'phone'], code: 'BAD_PHONE' },
          { path: ['input', 'users', '1', 'timeZone'], code: 'BAD_TIME_ZONE' },
          { path: ['input', 'users', '1', 'locale'], code: 'BAD_LOCALE' },
          { path: ['input', 'users', '1', 'attributes'], code: 'BAD_ATTRIBUTES' },
        ],
      },
    },
  })
  expect(await run(aCaller(), user, { userId: id })).toEqual({ data: { user: null } })
})

test.each(['nobody-at-all', '', 'a\0b', '\ud800'])('there is no user %j', async (userId) => {
  expect(await run(aCaller(), user, { userId })).toEqual({ data: { user: null } })
  expect(await run(aCaller(), node, { id: `usr_${userId}` })).toEqual({ data: { node: null } })
})

test.each([
  ['nobody', nobody, 'UNAUTHENTICATED'],
  ['a viewer', aViewer('ada'), 'FORBIDDEN'],
])('%s may not read or change users', async (_who, principal, code) => {
  const refused = { errors: [{ extensions: { code } }] }
  expect(await run(principal, user, { userId: 'ada' })).toMatchObject(refused)
  expect(await run(principal, upsert, { input: { users: [{ id: 'ada' }] } })).toMatchObject(refused)
})
