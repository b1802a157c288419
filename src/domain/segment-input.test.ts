import { describe, expect, it } from 'vitest'
import {
  type AttributeFilterInput,
  type SegmentFilterInput,
  segmentFilterProblems,
  toSegmentFilter,
} from './segment-input.ts'

const pro: SegmentFilterInput = { attribute: { path: 'plan', equals: 'pro' } }

function problemsOf(filter: SegmentFilterInput): (readonly [string, string])[] {
  return segmentFilterProblems(filter, ['f']).map(({ path, code }) => [path.join('.'), code])
}

function nested(levels: number): SegmentFilterInput {
  return levels === 1 ? pro : { not: nested(levels - 1) }
}

describe('a filter is refused when', () => {
  const attribute = (change: Partial<AttributeFilterInput>): SegmentFilterInput => ({
    attribute: { path: 'plan', ...change },
  })
  const cases: readonly (readonly [string, SegmentFilterInput, readonly (readonly [string, string])[]])[] = [
    ['all of nothing', { all: [] }, [['f.all', 'EMPTY']]],
    ['any of nothing', { any: [] }, [['f.any', 'EMPTY']]],
    ['one of no values', attribute({ in: [] }), [['f.attribute.in', 'EMPTY']]],
    ['one of 1,001 values', attribute({ in: Array(1001).fill(1) }), [['f.attribute.in', 'TOO_MANY']]],
    ['no test', attribute({}), [['f.attribute', 'ONE_TEST']]],
    ['no test but null', attribute({ equals: null, gt: null }), [['f.attribute', 'ONE_TEST']]],
    ['two tests', attribute({ gt: 1, equals: 1 }), [['f.attribute', 'ONE_TEST']]],
    ['a range in one', attribute({ gt: 1, lt: 2 }), [['f.attribute', 'ONE_TEST']]],
    ['equals a list', attribute({ equals: ['pro'] }), [['f.attribute.equals', 'TYPE']]],
    ['equals an object', attribute({ equals: { a: 1 } }), [['f.attribute.equals', 'TYPE']]],
    ['equals what JSON cannot say', attribute({ equals: Number.POSITIVE_INFINITY }), [['f.attribute.equals', 'TYPE']]],
    [
      'one of objects',
      attribute({ in: ['pro', {}, []] }),
      [
        ['f.attribute.in.1', 'TYPE'],
        ['f.attribute.in.2', 'TYPE'],
      ],
    ],
    ['a locale that is a number', attribute({ path: 'locale', equals: 5 }), [['f.attribute.equals', 'TYPE']]],
    ['regions that are numbers', attribute({ path: 'region', in: ['EU', 5] }), [['f.attribute.in.1', 'TYPE']]],
    ['a time zone above a number', attribute({ path: 'timeZone', gt: 5 }), [['f.attribute.gt', 'TYPE']]],
    ['a region below a number', attribute({ path: 'region', lt: 0 }), [['f.attribute.lt', 'TYPE']]],
    ['a text that cannot be stored', attribute({ equals: 'a\0b' }), [['f.attribute.equals', 'NOT_STORABLE']]],
    ['a text that is too long', attribute({ equals: 'x'.repeat(1001) }), [['f.attribute.equals', 'NOT_STORABLE']]],
    ['no path', attribute({ path: '', equals: 1 }), [['f.attribute.path', 'BAD_PATH']]],
    ['a path with a gap', attribute({ path: 'a..b', equals: 1 }), [['f.attribute.path', 'BAD_PATH']]],
    [
      'a path deeper than attributes',
      attribute({ path: 'a.b.c.d.e.f.g.h.i.j.k', equals: 1 }),
      [['f.attribute.path', 'BAD_PATH']],
    ],
    ['11 levels', nested(11), [[`f${'.not'.repeat(10)}`, 'TOO_DEEP']]],
    ['201 attributes', { any: Array(201).fill(pro) }, [['f', 'TOO_MANY']]],
    ['64 KB of values', attribute({ in: Array(100).fill('x'.repeat(700)) }), [['f', 'TOO_LONG']]],
    [
      'everything is wrong at once',
      { all: [{ any: [] }, pro, { not: attribute({ path: '.', in: [] }) }] },
      [
        ['f.all.0.any', 'EMPTY'],
        ['f.all.2.not.attribute.path', 'BAD_PATH'],
        ['f.all.2.not.attribute.in', 'EMPTY'],
      ],
    ],
  ]
  it.each(cases)('%s', (_what, filter, problems) => {
    expect(problemsOf(filter)).toEqual(problems)
  })
})

describe('a filter is taken with', () => {
  it.each([
    ['10 levels', nested(10)],
    ['200 attributes', { any: Array(200).fill(pro) }],
    ['a locale that is a text', { attribute: { path: 'locale', in: ['en'] } }],
    ['an attribute that only sounds like a column', { attribute: { path: 'locale.x', gt: 1 } }],
  ])('%s', (_what, filter) => {
    expect(problemsOf(filter)).toEqual([])
  })
})

it('says the same without what says nothing', () => {
  const given: SegmentFilterInput = {
    all: [{ attribute: { path: 'plan', equals: 'pro', in: null, exists: undefined } }, { not: { any: [pro] } }],
    attribute: null,
  }
  expect(toSegmentFilter(given)).toEqual({ all: [pro, { not: { any: [pro] } }] })
  const tests = [{ in: ['a', 1] }, { gt: 0 }, { lt: 0 }, { exists: false }, { equals: false }, { equals: 0 }]
  for (const test of tests) {
    const filter = { attribute: { path: 'plan', ...test } }
    expect(toSegmentFilter(filter)).toEqual(filter)
  }
})
