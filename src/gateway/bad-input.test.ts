import { request } from 'node:http'
import { json } from 'node:stream/consumers'
import { getIntrospectionQuery } from 'graphql'
import { afterAll, describe, expect, it, test } from 'vitest'
import { aGateway, bearer } from './a-gateway.ts'

const { graphql, url, ask, caller, close } = await aGateway()
afterAll(close)
const { apiKey } = await caller()

/** A refusal of the request as a whole. */
const refused = (code: string, message: unknown = expect.any(String)) => ({
  errors: [expect.objectContaining({ message, extensions: expect.objectContaining({ code }) })],
})

const nested = (depth: number) => `{ ${'user { '.repeat(depth)} id ${' }'.repeat(depth)} }`

describe('a request that is refused', () => {
  const cases: readonly (readonly [string, unknown, number, string])[] = [
    ['is not JSON', '{"query": ', 400, 'BAD_REQUEST'],
    ['is no object', '"{ __typename }"', 400, 'BAD_REQUEST'],
    ['has no document', {}, 400, 'BAD_REQUEST'],
    ['has a document that is no text', { query: 5 }, 400, 'BAD_REQUEST'],
    ['has variables that are no map', { query: '{ __typename }', variables: [1] }, 400, 'BAD_REQUEST'],
    ['is an empty batch', [], 400, 'BAD_REQUEST'],
    ['is a batch of 1,000', Array(1000).fill({ query: '{ __typename }' }), 413, 'BAD_REQUEST'],
    ['is 10 MB long', { query: '{ __typename }', variables: { x: 'x'.repeat(10_000_000) } }, 413, 'BAD_REQUEST'],
    ['has 5,000 aliases', { query: `{ ${many(5000, (n) => `a${n}: __typename`)} }` }, 400, 'GRAPHQL_PARSE_FAILED'],
    ['has 31 aliases', { query: `{ ${many(31, (n) => `a${n}: __typename`)} }` }, 400, 'OPERATION_TOO_LARGE'],
    ['is 100 levels deep', { query: nested(100) }, 400, 'OPERATION_TOO_LARGE'],
    [
      'is small, but doubles itself nine times',
      {
        query: `{ ...f0 } ${many(9, (n) => `fragment f${n} on Query { ...f${n + 1} ... { ...f${n + 1} } }`)} fragment f9 on Query { __typename }`,
      },
      400,
      'OPERATION_TOO_LARGE',
    ],
    [
      'has variables that are 100 levels deep',
      { query: '{ __typename }', variables: { x: JSON.parse(`${'['.repeat(100)}${']'.repeat(100)}`) } },
      400,
      'BAD_USER_INPUT',
    ],
  ]
  it.each(cases)('%s', async (_what, body, status, code) => {
    const began = performance.now()
    const answer = await ask(body, { accept: 'application/graphql-response+json' })
    expect({ status: answer.status, body: answer.body }).toEqual({ status, body: { errors: expect.any(Array) } })
    expect(answer.body).toEqual({ errors: expect.arrayContaining(refused(code).errors) })
    expect(performance.now() - began).toBeLessThan(1000)
  })

  it('has a query, a variable or a name that is wrong, and is told so where GraphQL is meant', async () => {
    const cases = [
      [{ query: '{ nonsense }' }, 'GRAPHQL_VALIDATION_FAILED'],
      [{ query: '{ ' }, 'GRAPHQL_PARSE_FAILED'],
      [{ query: '{ ...f } fragment f on Query { ...f }' }, 'GRAPHQL_VALIDATION_FAILED'],
      [{ query: 'query A { __typename } query B { __typename }' }, 'BAD_USER_INPUT'],
      [{ query: 'query A { __typename }', operationName: 'C' }, 'BAD_USER_INPUT'],
      [
        { query: 'query ($n: Int!) { templates(first: $n) { nodes { id } } }', variables: { n: 'x' } },
        'BAD_USER_INPUT',
      ],
      [{ query: 'query ($n: Int!) { templates(first: $n) { nodes { id } } }' }, 'BAD_USER_INPUT'],
      [{ query: markAllRead, variables: { before: 'yesterday' } }, 'BAD_USER_INPUT'],
      [{ query: 'mutation { markAllRead(before: "yesterday") { before } }' }, 'BAD_USER_INPUT'],
    ] as const
    for (const [body, code] of cases) {
      const modern = await ask(body, { ...bearer(apiKey), accept: 'application/graphql-response+json' })
      expect([modern.status, modern.body]).toEqual([400, refused(code)])
      expect((await ask(body, { ...bearer(apiKey), accept: 'application/json' })).body).toEqual(refused(code))
    }
  })
})

const markAllRead = 'mutation ($before: DateTime) { markAllRead(before: $before) { before } }'

test('a body that turns out too long while it is sent is refused', async () => {
  const answered = new Promise<unknown>((resolve, reject) => {
    const post = request(graphql, { method: 'POST', headers: { 'content-type': 'application/json' } }, (response) => {
      json(response).then((body) => resolve([response.statusCode, body]), reject)
    })
    post.on('error', reject)
    for (let n = 0; n < 40; n++) post.write(' '.repeat(65_536))
    post.end()
  })
  expect(await answered).toEqual([413, refused('BAD_REQUEST')])
})

test('a form, which any web page could send, is refused', async () => {
  const response = await fetch(graphql, { method: 'POST', body: new URLSearchParams({ query: '{ __typename }' }) })
  expect([response.status, await response.json()]).toEqual([415, refused('BAD_REQUEST')])
})

test('a mutation by GET is refused, and one by PATCH', async () => {
  const query = encodeURIComponent('mutation { markAllRead { before } }')
  const got = await fetch(`${graphql}?query=${query}`)
  expect([got.status, got.headers.get('allow'), await got.json()]).toEqual([405, 'POST', refused('BAD_REQUEST')])
  const patch = await fetch(graphql, { method: 'PATCH', body: '{}' })
  expect([patch.status, await patch.json()]).toEqual([405, refused('BAD_REQUEST')])
})

test('an address that is too long is refused', async () => {
  const response = await fetch(`${graphql}?query=${'x'.repeat(9000)}`)
  expect([response.status, await response.json()]).toEqual([414, refused('BAD_REQUEST')])
})

test('what is nowhere is not found', async () => {
  const response = await fetch(`${url}/constructor`)
  expect([response.status, await response.json()]).toEqual([404, { error: 'There is nothing at /constructor.' }])
})

test('a batch of ten is answered in order', async () => {
  const batch = Array.from({ length: 10 }, (_, n) => ({ query: `{ a${n}: __typename }` }))
  const { status, body } = await ask(batch)
  expect([status, body]).toEqual([200, batch.map((_, n) => ({ data: { [`a${n}`]: 'Query' } }))])
})

test('introspection as tools write it is within the limits', async () => {
  const query = getIntrospectionQuery({
    inputValueDeprecation: true,
    oneOf: true,
    schemaDescription: true,
    specifiedByUrl: true,
  })
  const { status, body } = await ask({ query })
  expect([status, body]).toEqual([200, { data: { __schema: expect.any(Object) } }])
})

function many(count: number, make: (n: number) => string): string {
  return Array.from({ length: count }, (_, n) => make(n)).join(' ')
}
