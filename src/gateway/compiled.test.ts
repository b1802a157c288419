import {
  buildSchema,
  type DocumentNode,
  execute,
  GraphQLObjectType,
  type GraphQLSchema,
  getIntrospectionQuery,
} from 'graphql'
import { describe, expect, it, onTestFinished, test } from 'vitest'
import { unique } from '../../test/setup/schema-app.ts'
import { aGateway, bearer, viewerToken } from './a-gateway.ts'
import { compiler } from './compiled.ts'
import { type KnownOperation, knownDocuments } from './known-documents.ts'
import { defaultLimits } from './settings.ts'

const schema = petSchema()
const tom = { __typename: 'Cat', name: 'Tom', lives: 9 }
const rex2 = { __typename: 'Dog', name: 'Rex II', barks: false, friends: [] }
const rex = { __typename: 'Dog', name: 'Rex', barks: true, friends: [tom, null, rex2] }

describe('a compiled query gives what graphql gives', () => {
  const documents: readonly (readonly [string, string, Record<string, unknown>])[] = [
    [
      'of interfaces and unions',
      '{ pet { __typename name ... on Dog { barks friends { name ... on Cat { lives } } } } any { ... on Cat { lives } } }',
      {},
    ],
    [
      'of fragments within fragments',
      '{ pet { ...a } } fragment a on Pet { ...b name } fragment b on Dog { barks friends { name } }',
      {},
    ],
    [
      'of fields asked for twice',
      '{ pet { name } pet { __typename ... on Dog { friends { name } friends { __typename } } } }',
      {},
    ],
    [
      'of what is left out',
      'query ($no: Boolean!, $yes: Boolean!) { pet @skip(if: $no) { name @include(if: $yes) __typename @skip(if: $yes) ...a @include(if: $no) } } fragment a on Dog { barks }',
      { no: false, yes: true },
    ],
    ['of defaults', 'query ($n: Int = 3, $color: Color = GREEN) { echo(n: $n, color: $color) }', {}],
    [
      'of values that win over defaults',
      'query ($n: Int = 3, $color: Color) { echo(n: $n, color: $color) }',
      { n: null, color: 'RED' },
    ],
    ['of lists', 'query ($tags: [String!]!) { echo(tags: $tags) other: echo(tags: "one") }', { tags: 'one' }],
    [
      'of input objects',
      'query ($in: Choice!, $id: ID!) { echo(choice: $in) two: echo(choice: { byId: $id }) }',
      { in: { byName: 'x' }, id: 5 },
    ],
    ['of the schema', getIntrospectionQuery(), {}],
  ]
  it.each(documents)('%s', async (_what, text, variables) => {
    const { document, operation } = aDocument(text)
    const compiled = await compiler(schema)(document, operation)?.(variables, {})
    expect(compiled).toBeDefined()
    expect(plain(compiled)).toEqual(
      plain(await execute({ schema, document, variableValues: variables, contextValue: {} })),
    )
  })
})

test('variables that do not fit are left to graphql', async () => {
  const { document, operation } = aDocument('query ($in: Choice!) { echo(choice: $in) }')
  expect(await compiler(schema)(document, operation)?.({ in: { byId: '1', byName: 'x' } }, {})).toBeUndefined()
})

test('only what comes again is compiled', () => {
  const { document, operation } = aDocument('{ pet { name } }')
  expect(compiler(schema)(document, { ...operation, uses: 1 })).toBeUndefined()
})

test('the tenth answer is the first one, whoever asks', async () => {
  const { ask, caller, close } = await aGateway()
  onTestFinished(close)
  const { id, apiKey } = await caller()
  const userId = unique('user')
  const name = unique('template')
  const made = await ask(
    {
      query: `mutation ($users: UpsertUsersInput!, $template: UpsertTemplateInput!) {
        upsertUsers(input: $users) { __typename } upsertTemplate(input: $template) { __typename } }`,
      variables: {
        users: { users: [{ id: userId, email: 'ada@example.com', attributes: { plan: { name: 'gold' } } }] },
        template: { name, tier: 'SOCIAL', category: 'social.like', contents: [{ inApp: { title: 'Hi', body: 'Ho' } }] },
      },
    },
    bearer(apiKey),
  )
  expect(made.body).toEqual({
    data: { upsertUsers: { __typename: 'UpsertUsersPayload' }, upsertTemplate: { __typename: 'Template' } },
  })

  const viewer = await viewerToken(userId)
  const queries: readonly (readonly [string, string, object?])[] = [
    [
      apiKey,
      'query ($id: ID!) { node(id: $id) { __typename id ... on Caller { name tiers perMinute createdAt } } }',
      { id },
    ],
    [
      apiKey,
      'query ($n: String!) { template(name: $n) { id tier channels contents dataSchema updatedAt } none: template(name: "none") { id } }',
      { n: name },
    ],
    [
      apiKey,
      'query ($u: ID!) { user(userId: $u) { id email attributes preferences { channelOrder channels { channel enabled } } devices { id } } }',
      { u: userId },
    ],
    [
      viewer,
      '{ viewer { id userId unreadCount inbox(first: 5) { nodes { id } edges { cursor } pageInfo { hasNextPage endCursor } } preferences { timeZone } } }',
    ],
    [viewer, '{ viewer { userId } callers { id } }'],
    [apiKey, '{ viewer { userId } }'],
    [apiKey, 'query ($n: Int! = 20) { templates(first: $n) { nodes { id } } }', { n: 101 }],
    [apiKey, '{ templates(first: -1) { nodes { id } } }'],
    [apiKey, '{ templates(after: "nonsense") { nodes { id } } }'],
    [apiKey, '{ node(id: "nonsense") { id } }'],
  ]
  for (const [credentials, query, variables] of queries) {
    const first = await ask({ query, variables }, bearer(credentials))
    for (let n = 0; n < 9; n++) {
      const again = await ask({ query, variables }, bearer(credentials))
      expect([query, again.status, again.body]).toEqual([query, first.status, first.body])
    }
  }
})

function aDocument(text: string): { document: DocumentNode; operation: KnownOperation } {
  const read = knownDocuments(schema, defaultLimits, true).read(text)
  const [operation] = read.ok ? read.known.operations : []
  if (!read.ok || operation === undefined) throw new Error(JSON.stringify(read))
  return { document: read.known.document, operation: { ...operation, uses: 10 } }
}

function petSchema(): GraphQLSchema {
  const built = buildSchema(`
    enum Color { RED GREEN }
    input Choice @oneOf { byId: ID byName: String }
    interface Pet { name: String! }
    type Dog implements Pet { name: String! barks: Boolean friends: [Pet] }
    type Cat implements Pet { name: String! lives: Int! }
    union Any = Dog | Cat
    type Query { pet: Pet any: [Any!]! echo(n: Int = 7, color: Color, tags: [String!], choice: Choice): String }`)
  const query = built.getQueryType()
  const resolvers = {
    pet: () => rex,
    any: async () => [tom, rex],
    echo: (_root: unknown, args: object) => JSON.stringify(args),
  }
  if (!(query instanceof GraphQLObjectType)) throw new Error('no query type')
  for (const [name, resolve] of Object.entries(resolvers)) Object.assign(query.getFields()[name] ?? {}, { resolve })
  return built
}

/** As a client would get it: prototypes and the order of a null prototype's keys aside. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}
