import type { FieldProblem } from '../errors.ts'
import { isStorableText } from './json-value.ts'
import { type AttributeTest, type Scalar, type SegmentFilter, userColumnOf } from './segment.ts'

/** A filter as a caller gives it: exactly one of these. */
export interface SegmentFilterInput {
  readonly all?: readonly SegmentFilterInput[] | null | undefined
  readonly any?: readonly SegmentFilterInput[] | null | undefined
  readonly not?: SegmentFilterInput | null | undefined
  readonly attribute?: AttributeFilterInput | null | undefined
}

/** null says no more than a test that is left out. */
export interface AttributeFilterInput {
  readonly path: string
  readonly equals?: unknown
  readonly in?: readonly unknown[] | null | undefined
  readonly gt?: number | null | undefined
  readonly lt?: number | null | undefined
  readonly exists?: boolean | null | undefined
}

const limits = { depth: 10, conditions: 200, values: 1_000, textLength: 1_000, pathLength: 256, bytes: 65_536 }
const tests = ['equals', 'in', 'gt', 'lt', 'exists'] as const

type Path = readonly string[]

/** Every problem of a filter that stands at `path`. */
export function segmentFilterProblems(filter: SegmentFilterInput, path: Path): readonly FieldProblem[] {
  const problems = filterProblems(filter, path, limits.depth)
  return problems.length > 0 ? problems : sizeProblems(filter, path)
}

/** What a filter without problems says. */
export function toSegmentFilter(filter: SegmentFilterInput): SegmentFilter {
  const { all, any, not, attribute } = filter
  if (all) return { all: all.map(toSegmentFilter) }
  if (any) return { any: any.map(toSegmentFilter) }
  if (not) return { not: toSegmentFilter(not) }
  if (attribute) return { attribute: { path: attribute.path, ...testOf(attribute) } }
  throw new Error('a filter that says nothing')
}

function filterProblems(filter: SegmentFilterInput, path: Path, depthLeft: number): readonly FieldProblem[] {
  if (depthLeft === 0) return [problem(path, 'TOO_DEEP', `must not be nested deeper than ${limits.depth}`)]
  const { all, any, not, attribute } = filter
  if (all) return groupProblems(all, [...path, 'all'], depthLeft)
  if (any) return groupProblems(any, [...path, 'any'], depthLeft)
  if (not) return filterProblems(not, [...path, 'not'], depthLeft - 1)
  return attribute ? attributeProblems(attribute, [...path, 'attribute']) : []
}

/** Every notification to a segment has a copy of its filter, and reads it for every page. */
function sizeProblems(filter: SegmentFilterInput, path: Path): readonly FieldProblem[] {
  const count = conditionsIn(filter)
  const bytes = Buffer.byteLength(JSON.stringify(filter))
  return [
    ...(count > limits.conditions
      ? [problem(path, 'TOO_MANY', `must be at most ${limits.conditions} attributes, not ${count}`)]
      : []),
    ...(bytes > limits.bytes ? [problem(path, 'TOO_LONG', `must be at most ${limits.bytes} bytes of JSON`)] : []),
  ]
}

function groupProblems(group: readonly SegmentFilterInput[], path: Path, depthLeft: number): readonly FieldProblem[] {
  if (group.length === 0) return [problem(path, 'EMPTY', 'must have at least one filter')]
  return group.flatMap((each, index) => filterProblems(each, [...path, `${index}`], depthLeft - 1))
}

function attributeProblems(attribute: AttributeFilterInput, path: Path): readonly FieldProblem[] {
  const given = tests.filter((name) => attribute[name] !== undefined && attribute[name] !== null)
  return [
    ...(isPath(attribute.path)
      ? []
      : [problem([...path, 'path'], 'BAD_PATH', 'must be names with dots between them: "plan", "address.city"')]),
    ...(given.length === 1
      ? testProblems(attribute, path)
      : [
          problem(
            path,
            'ONE_TEST',
            `must have exactly one of ${tests.join(', ')}, not ${given.length}: several go into all`,
          ),
        ]),
  ]
}

/** As deep as attributes may be. */
function isPath(path: string): boolean {
  const keys = path.split('.')
  return (
    path.length <= limits.pathLength && keys.length <= 10 && keys.every((key) => key !== '') && isStorableText(path)
  )
}

function testProblems(attribute: AttributeFilterInput, path: Path): readonly FieldProblem[] {
  const isText = userColumnOf(attribute.path) !== undefined
  const { equals, in: values, gt, lt } = attribute
  if (equals !== undefined && equals !== null) return valueProblems(equals, isText, [...path, 'equals'])
  if (values) return valuesProblems(values, isText, [...path, 'in'])
  const compared = typeof gt === 'number' ? 'gt' : typeof lt === 'number' ? 'lt' : undefined
  if (compared === undefined || !isText) return []
  return [
    problem([...path, compared], 'TYPE', `must be left out: ${attribute.path} is a text, and numbers are compared`),
  ]
}

function valuesProblems(values: readonly unknown[], isText: boolean, path: Path): readonly FieldProblem[] {
  if (values.length === 0) return [problem(path, 'EMPTY', 'must have at least one value')]
  if (values.length > limits.values) {
    return [problem(path, 'TOO_MANY', `must be at most ${limits.values} values, not ${values.length}`)]
  }
  return values.flatMap((value, index) => valueProblems(value, isText, [...path, `${index}`]))
}

function valueProblems(value: unknown, isText: boolean, path: Path): readonly FieldProblem[] {
  if (!isScalar(value)) return [problem(path, 'TYPE', 'must be a text, a number or a boolean')]
  if (isText && typeof value !== 'string') return [problem(path, 'TYPE', 'must be a text')]
  if (typeof value === 'string' && (value.length > limits.textLength || !isStorableText(value))) {
    return [problem(path, 'NOT_STORABLE', `must be at most ${limits.textLength} characters, and none of them U+0000`)]
  }
  return []
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)
}

function conditionsIn({ all, any, not, attribute }: SegmentFilterInput): number {
  const inner = all ?? any ?? (not ? [not] : [])
  return inner.reduce((sum, each) => sum + conditionsIn(each), attribute ? 1 : 0)
}

function testOf({ equals, in: values, gt, lt, exists }: AttributeFilterInput): AttributeTest {
  if (isScalar(equals)) return { equals }
  if (values) return { in: values.filter(isScalar) }
  if (typeof gt === 'number') return { gt }
  if (typeof lt === 'number') return { lt }
  if (typeof exists === 'boolean') return { exists }
  throw new Error('an attribute without a test')
}

function problem(path: Path, code: string, message: string): FieldProblem {
  return { path, code, message }
}
