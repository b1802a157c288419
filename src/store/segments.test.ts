import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { address } from '../../test/setup/address.ts'
import { unique } from '../../test/setup/schema-app.ts'
import type { AttributeFilter, SegmentFilter } from '../domain/segment.ts'
import { openDatabase } from './database.ts'
import { parameters, segmentSql } from './segment-sql.ts'
import { findSegment, listSegments, previewSegment, upsertSegment } from './segments.ts'
import { upsertUsers } from './users.ts'

const database = openDatabase({ url: address('DATABASE_URL'), maxConnections: 5, name: 'segments-test' })
const { pool } = database
afterAll(() => database.close())

const now = new Date('2026-11-22T10:00:00Z')

interface Person {
  readonly locale?: string
  readonly timeZone?: string
  readonly region?: string
  readonly attributes?: Readonly<Record<string, unknown>>
}

/** Users of whom no other test knows; `within` narrows a filter to them. */
async function aCrowd(people: Readonly<Record<string, Person>>) {
  const crowd = unique('crowd')
  const users = Object.entries(people).map(([name, { attributes, ...rest }]) => ({
    id: `${crowd}.${name}`,
    ...rest,
    attributes: { ...attributes, crowd },
  }))
  await upsertUsers(database, users, now)
  const within = (filter: SegmentFilter): SegmentFilter => ({
    all: [{ attribute: { path: 'crowd', equals: crowd } }, filter],
  })
  return { crowd, within, members: async (filter: SegmentFilter) => await membersOf(crowd, within(filter)) }
}

async function membersOf(crowd: string, filter: SegmentFilter): Promise<string[]> {
  const { values, parameter } = parameters()
  const { rows } = await pool.query<{ user_id: string }>(
    `SELECT u.user_id FROM users u WHERE ${segmentSql(filter, parameter)}`,
    values,
  )
  return rows.map((row) => row.user_id.slice(crowd.length + 1)).sort()
}

const attribute = (filter: AttributeFilter): SegmentFilter => ({ attribute: filter })

describe('a filter', async () => {
  const { members } = await aCrowd({
    ada: {
      locale: 'en-GB',
      region: 'EU',
      attributes: { plan: 'pro', age: 36, address: { city: 'London' }, vip: true },
    },
    bruno: { timeZone: 'America/Sao_Paulo', attributes: { plan: 'free', age: '36', address: { city: null } } },
    chiyo: { locale: 'ja-JP', attributes: { plan: ['pro'], age: 40.5, address: [{ city: 'London' }], vip: false } },
    dana: { region: 'NA', attributes: { plan: null, age: -1, address: 'London', scores: [7, 8] } },
    emil: {},
  })
  const cases: readonly (readonly [string, SegmentFilter, readonly string[]])[] = [
    ['equals a text, and no list that holds it', attribute({ path: 'plan', equals: 'pro' }), ['ada']],
    ['equals a number, and no text that looks like it', attribute({ path: 'age', equals: 36 }), ['ada']],
    ['equals false, which is not missing', attribute({ path: 'vip', equals: false }), ['chiyo']],
    ['goes down a path, and not through lists', attribute({ path: 'address.city', equals: 'London' }), ['ada']],
    ['takes no element of a list', attribute({ path: 'scores.0', gt: 1 }), []],
    ['is one of several', attribute({ path: 'age', in: [36, '36', 1] }), ['ada', 'bruno']],
    ['compares numbers, and nothing else', attribute({ path: 'age', gt: -1 }), ['ada', 'chiyo']],
    ['compares fractions', attribute({ path: 'age', lt: 40.5 }), ['ada', 'dana']],
    ['asks whether there is a value', attribute({ path: 'address.city', exists: true }), ['ada']],
    ['asks whether there is none', attribute({ path: 'plan', exists: false }), ['dana', 'emil']],
    ['asks for a locale', attribute({ path: 'locale', equals: 'en-GB' }), ['ada']],
    ['asks for a time zone', attribute({ path: 'timeZone', in: ['America/Sao_Paulo', 'UTC'] }), ['bruno']],
    ['asks for a region', attribute({ path: 'region', exists: true }), ['ada', 'dana']],
    ['asks for no region', attribute({ path: 'region', exists: false }), ['bruno', 'chiyo', 'emil']],
    [
      'turns around, and then has everybody without a value',
      { not: attribute({ path: 'plan', equals: 'pro' }) },
      ['bruno', 'chiyo', 'dana', 'emil'],
    ],
    ['turns around a column', { not: attribute({ path: 'region', equals: 'EU' }) }, ['bruno', 'chiyo', 'dana', 'emil']],
    [
      'holds in all',
      { all: [attribute({ path: 'plan', in: ['pro', 'free'] }), attribute({ path: 'region', equals: 'EU' })] },
      ['ada'],
    ],
    [
      'holds in one of several',
      { any: [attribute({ path: 'vip', exists: true }), attribute({ path: 'region', equals: 'NA' })] },
      ['ada', 'chiyo', 'dana'],
    ],
    ['is nothing but values', attribute({ path: `plan' = 'pro' OR true --`, equals: `' OR true --` }), []],
  ]
  it.each(cases)('%s', async (_what, filter, expected) => {
    expect(await members(filter)).toEqual(expected)
  })
})

const paths = ['a', 'b', 'b.c', 'locale', 'region']

it('means the same to PostgreSQL as it says, for any filter and any users', async () => {
  const people = fc.sample(aPerson(), { numRuns: 40, seed: 7 })
  const named = Object.fromEntries(people.map((person, n) => [`p${n}`, person]))
  const { crowd, within } = await aCrowd(named)
  await fc.assert(
    fc.asyncProperty(aFilter, async (filter) => {
      const expected = Object.keys(named).filter((name) => holds(filter, named[name] ?? {}))
      expect(await membersOf(crowd, within(filter))).toEqual(expected.sort())
      expect(await membersOf(crowd, within({ not: filter }))).toHaveLength(people.length - expected.length)
    }),
    { numRuns: 150 },
  )
})

function aPerson() {
  const value = fc.constantFrom<unknown>('x', 'y', 1, 2.5, true, null, ['x'], {})
  return fc.record(
    {
      locale: fc.constantFrom('x', 'y'),
      region: fc.constantFrom('x', 'y'),
      attributes: fc.record(
        { a: value, b: fc.oneof(value, fc.record({ c: value }, { requiredKeys: [] })) },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: [] },
  )
}

const aTest = fc.oneof(
  fc.record({ equals: fc.constantFrom('x', 'y', 1, true) }),
  fc.record({ in: fc.array(fc.constantFrom('x', 1, 2.5), { minLength: 1, maxLength: 3 }) }),
  fc.record({ exists: fc.boolean() }),
)
const aComparison = fc.oneof(
  fc.record({ gt: fc.constantFrom(0, 1, 2.5) }),
  fc.record({ lt: fc.constantFrom(0, 1, 2.5, 3) }),
)
const anAttribute: fc.Arbitrary<AttributeFilter> = fc.oneof(
  fc.tuple(fc.constantFrom(...paths), aTest).map(([path, test]) => ({ path, ...asTexts(path, test) })),
  fc.tuple(fc.constantFrom('a', 'b', 'b.c'), aComparison).map(([path, test]) => ({ path, ...test })),
)
const { filter: aFilter } = fc.letrec<{ filter: SegmentFilter }>((tie) => ({
  filter: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    anAttribute.map((filter) => ({ attribute: filter })),
    fc.array(tie('filter'), { minLength: 1, maxLength: 3 }).map((all) => ({ all })),
    fc.array(tie('filter'), { minLength: 1, maxLength: 3 }).map((any) => ({ any })),
    tie('filter').map((not) => ({ not })),
  ),
}))

type Test = typeof aTest extends fc.Arbitrary<infer T> ? T : never

/** What is asked of a column is a text. */
function asTexts(path: string, test: Test): Test {
  if (path !== 'locale' && path !== 'region') return test
  if ('equals' in test) return { equals: `${test.equals}` }
  return 'in' in test ? { in: test.in.map((value) => `${value}`) } : test
}

/** The meaning of a filter, said once more and in other words. */
function holds(filter: SegmentFilter, person: Person): boolean {
  if ('all' in filter) return filter.all.every((each) => holds(each, person))
  if ('any' in filter) return filter.any.some((each) => holds(each, person))
  if ('not' in filter) return !holds(filter.not, person)
  const { path, ...test } = filter.attribute
  const value = valueAt(person, path)
  if ('equals' in test) return value === test.equals
  if ('in' in test) return test.in.some((each) => each === value)
  if ('gt' in test) return typeof value === 'number' && value > test.gt
  if ('lt' in test) return typeof value === 'number' && value < test.lt
  return test.exists === (value !== undefined && value !== null)
}

function valueAt({ attributes, ...columns }: Person, path: string): unknown {
  const root: unknown = path === 'locale' || path === 'region' ? columns : attributes
  return path.split('.').reduce<unknown>((value, key) => {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? Object.entries(value).find(([name]) => name === key)?.[1] : undefined
  }, root)
}

it('finds a value by its index among many users', async () => {
  const plan = unique('plan')
  await pool.query(
    `INSERT INTO users (user_id, attributes) SELECT $1 || n, jsonb_build_object('plan', $1 || n / 10) FROM generate_series(1, 20000) AS n`,
    [plan],
  )
  await pool.query('ANALYZE users')
  for (const test of [{ equals: `${plan}7` }, { in: [`${plan}7`, `${plan}8`] }]) {
    const { values, parameter } = parameters()
    const condition = segmentSql(attribute({ path: 'plan', ...test }), parameter)
    const { rows } = await pool.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN SELECT count(*) FROM users u WHERE ${condition}`,
      values,
    )
    expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain('Bitmap Index Scan on users_attributes_idx')
  }
})

describe('a segment', async () => {
  const { crowd, within } = await aCrowd({
    ada: { attributes: { plan: 'pro' } },
    bruno: { attributes: { plan: 'pro' } },
    chiyo: { attributes: { plan: 'free' } },
  })
  const pro = within(attribute({ path: 'plan', equals: 'pro' }))

  it('is written with its count, and its filter replaced', async () => {
    const name = unique('segment')
    const written = { name, filter: pro, memberCount: 2, countedAt: now, updatedAt: now }
    expect(await upsertSegment(pool, name, pro, now)).toEqual(written)
    expect(await findSegment(pool, name)).toEqual(written)
    const free = within(attribute({ path: 'plan', equals: 'free' }))
    await upsertSegment(pool, name, free, now)
    expect(await findSegment(pool, name)).toEqual({ ...written, filter: free, memberCount: 1 })
  })

  it('is listed by name', async () => {
    const name = unique('listed')
    for (const letter of ['c', 'a', 'b']) await upsertSegment(pool, `${name}.${letter}`, pro, now)
    const listed = await listSegments(pool, `${name}.a`, 2)
    expect(listed.map((each) => each.name)).toEqual([`${name}.b`, `${name}.c`])
  })

  it('is previewed with its count, some of its members, and what nobody has', async () => {
    expect(await previewSegment(pool, pro)).toEqual({
      memberCount: 2,
      sampleUserIds: [`${crowd}.ada`, `${crowd}.bruno`],
      unknownPaths: [],
    })
    const misspelt = unique('plam')
    const filter = within({
      any: [attribute({ path: `${misspelt}.x`, equals: 1 }), attribute({ path: misspelt, gt: 1 })],
    })
    expect(await previewSegment(pool, filter)).toEqual({
      memberCount: 0,
      sampleUserIds: [],
      unknownPaths: [`${misspelt}.x`, misspelt],
    })
  })
})
