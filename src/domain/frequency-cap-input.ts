import type { FieldProblem } from '../errors.ts'
import { capKey, type FrequencyCap } from './frequency-cap.ts'

/** Every cap is asked about for every recipient. */
const maxCaps = 100
const maxLimit = 1_000_000
/** Counts are kept for as long, for everybody who is sent anything. */
const maxSeconds = 31 * 24 * 3600
/** What a template's category may be. */
const categoryPattern = /^[A-Za-z0-9_.:-]{1,128}$/

export function capsProblems(caps: readonly FrequencyCap[]): readonly FieldProblem[] {
  if (caps.length > maxCaps) {
    return [{ path: ['caps'], code: 'OUT_OF_RANGE', message: `must be at most ${maxCaps}, not ${caps.length}` }]
  }
  const firstWith = new Map<string, number>()
  return caps.flatMap((cap, index) => {
    const key = capKey(cap)
    const first = firstWith.get(key)
    if (first === undefined) firstWith.set(key, index)
    return capProblems(cap, first).map((problem) => ({ ...problem, path: ['caps', String(index), ...problem.path] }))
  })
}

function capProblems(cap: FrequencyCap, first: number | undefined): readonly FieldProblem[] {
  const { category, limit, perSeconds } = cap
  return [
    ...(first === undefined ? [] : [{ path: [], code: 'DUPLICATE_CAP', message: `is the cap at ${first} again` }]),
    ...(category === null || categoryPattern.test(category)
      ? []
      : [{ path: ['category'], code: 'BAD_CATEGORY', message: 'must be 1 to 128 of A-Z a-z 0-9 _ . : -' }]),
    ...rangeProblems('limit', limit, maxLimit),
    ...rangeProblems('perSeconds', perSeconds, maxSeconds),
  ]
}

function rangeProblems(field: string, value: number, max: number): readonly FieldProblem[] {
  if (value >= 1 && value <= max) return []
  return [{ path: [field], code: 'OUT_OF_RANGE', message: `must be 1 to ${max}, not ${value}` }]
}
