import { afterAll, beforeAll, expect, test } from 'vitest'
import { aCaller, anAdmin, aViewer, openSchemaApp, unique } from '../../test/setup/schema-app.ts'
import { upsertUsers } from '../store/users.ts'

const now = new Date('2026-11-22T10:00:00.000Z')
const { app, run, close } = await openSchemaApp(() => now)
afterAll(close)

const bulk = aCaller({ bulk: true })
const crowd = unique('crowd')
beforeAll(() =>
  upsertUsers(
    app.database,
    ['ada', 'bruno'].map((name, n) => ({
      id: `${crowd}.${name}`,
      region: n === 0 ? 'EU' : 'SA',
      attributes: { crowd, plan: { name: 'pro', seats: n } },
    })),
    now,
  ),
)

const attribute = (path: string, filter: object) => ({ attribute: { path, ...filter } })
const everybody = attribute('crowd', { equals: crowd })

const upsert = `mutation ($input: UpsertSegmentInput!) { upsertSegment(input: $input) {
  __typename ... on Segment { id name filter memberCount countedAt updatedAt }
  ... on InvalidInput { fields { path code } } } }`
const preview = `query ($filter: SegmentFilterInput!) { previewSegment(filter: $filter) {
  __typename ... on SegmentPreview { memberCount sampleUserIds unknownPaths }
  ... on InvalidInput { fields { path code } } } }`
const node = `query ($id: ID!) { node(id: $id) { __typename ... on Segment { name memberCount } } }`
const list = `query ($after: String) { segments(first: 1, after: $after) {
  nodes { name } pageInfo { hasNextPage endCursor } } }`

test('a segment is made, counted, found by its id, listed, and changed', async () => {
  const name = unique('segment')
  const filter = { all: [everybody, { any: [attribute('region', { in: ['EU', 'NA'] }), { not: everybody }] }] }
  const segment = {
    __typename: 'Segment',
    id: `seg_${name}`,
    name,
    filter,
    memberCount: 1,
    countedAt: now.toISOString(),
    updatedAt: now.toISOString(),
  }
  expect(await run(bulk, upsert, { input: { name, filter } })).toEqual({ data: { upsertSegment: segment } })
  expect(await run(bulk, node, { id: segment.id })).toEqual({
    data: { node: { __typename: 'Segment', name, memberCount: 1 } },
  })
  const before = Buffer.from(JSON.stringify([name.slice(0, -1)])).toString('base64url')
  expect(await run(anAdmin(), list, { after: before })).toMatchObject({ data: { segments: { nodes: [{ name }] } } })
  expect(await run(bulk, upsert, { input: { name, filter: everybody } })).toEqual({
    data: { upsertSegment: { ...segment, filter: everybody, memberCount: 2 } },
  })
})

test('a filter is previewed, and told what it asks about that nobody has', async () => {
  const seats = { all: [everybody, attribute('plan.seats', { gt: 0.5 })] }
  expect(await run(bulk, preview, { filter: seats })).toEqual({
    data: {
      previewSegment: {
        __typename: 'SegmentPreview',
        memberCount: 1,
        sampleUserIds: [`${crowd}.bruno`],
        unknownPaths: [],
      },
    },
  })
  const misspelt = unique('plam')
  expect(await run(bulk, preview, { filter: attribute(misspelt, { equals: 'pro' }) })).toEqual({
    data: {
      previewSegment: {
        __typename: 'SegmentPreview',
        memberCount: 0,
        sampleUserIds: [],
        unknownPaths: [misspelt],
      },
    },
  })
})

test('every problem is named at once, where it is', async () => {
  const filter = { any: [attribute('plan', { equals: { a: 1 } }), { all: [] }, attribute('locale', { gt: 1 })] }
  const fields = (...path: readonly string[]) => [
    { path: [...path, 'any', '0', 'attribute', 'equals'], code: 'TYPE' },
    { path: [...path, 'any', '1', 'all'], code: 'EMPTY' },
    { path: [...path, 'any', '2', 'attribute', 'gt'], code: 'TYPE' },
  ]
  expect(await run(bulk, upsert, { input: { name: 'no spaces', filter } })).toEqual({
    data: {
      upsertSegment: {
        __typename: 'InvalidInput',
        fields: [{ path: ['input', 'name'], code: 'BAD_NAME' }, ...fields('input', 'filter')],
      },
    },
  })
  expect(await run(bulk, preview, { filter })).toEqual({
    data: { previewSegment: { __typename: 'InvalidInput', fields: fields('filter') } },
  })
})

test('a filter is exactly one thing', async () => {
  for (const filter of [{}, { not: everybody, any: [everybody] }]) {
    expect(await run(bulk, preview, { filter })).toMatchObject({ errors: [expect.anything()] })
  }
})

test('only callers with the grant bulk, and administrators, see segments', async () => {
  const refused = { errors: [{ extensions: { code: 'FORBIDDEN' } }] }
  for (const principal of [aCaller(), aViewer('ada')]) {
    expect(await run(principal, list)).toMatchObject(refused)
    expect(await run(principal, preview, { filter: everybody })).toMatchObject(refused)
    expect(await run(principal, upsert, { input: { name: unique('x'), filter: everybody } })).toMatchObject(refused)
  }
})
