import { isObject, isText, type JsonObject } from './json.ts'

export const faultKinds = [
  'ok',
  'throttle',
  'unavailable',
  'hang',
  'reset',
  'lose_answer',
  'stale_target',
  'slow',
] as const
export type FaultKind = (typeof faultKinds)[number]

/** What befalls requests; null means "any address", "at once", "without end". */
export interface Fault {
  readonly kind: FaultKind
  readonly share: number
  readonly to: string | null
  readonly afterMs: number | null
  readonly count: number | null
}

/** A fault, or for each wrong field the sentence that says what it must be. */
export type ParsedFault =
  | { readonly fault: Fault; readonly fields: null }
  | { readonly fault: null; readonly fields: Readonly<Record<string, string>> }

const rules: Readonly<Record<keyof Fault, (value: unknown) => string | null>> = {
  kind: (value) => (faultKinds.some((kind) => kind === value) ? null : `must be one of ${faultKinds.join(', ')}`),
  share: (value) => (isBetween(value, 0, 1) ? null : 'must be a number from 0 to 1'),
  to: (value) => (isText(value) && value !== '' ? null : 'must be an address or token'),
  afterMs: (value) => (isBetween(value, 0, 3_600_000) ? null : 'must be a number of milliseconds, an hour at most'),
  count: (value) =>
    Number.isInteger(value) && isBetween(value, 1, Infinity) ? null : 'must be a whole number above 0',
}

export function parseFault(body: unknown): ParsedFault {
  if (!isObject(body)) return { fault: null, fields: { body: 'must be a JSON object' } }
  const fields = Object.fromEntries(problems(body))
  return Object.keys(fields).length > 0 ? { fault: null, fields } : { fault: decode(body), fields: null }
}

function problems(body: JsonObject): readonly (readonly [string, string])[] {
  const unknown = Object.keys(body).filter((key) => !Object.hasOwn(rules, key))
  const wrong = Object.entries(rules).flatMap(([field, rule]) => {
    const value = body[field]
    const problem = isAbsent(value) && field !== 'kind' ? null : rule(value)
    return problem === null ? [] : [[field, problem] as const]
  })
  return [...wrong, ...unknown.map((field) => [field, 'is not a field of a fault'] as const)]
}

/** Only for a body without problems. */
function decode(body: JsonObject): Fault {
  const numberOr = (value: unknown, otherwise: number | null) => (typeof value === 'number' ? value : otherwise)
  return {
    kind: faultKinds.find((kind) => kind === body['kind']) ?? 'ok',
    share: numberOr(body['share'], 1) ?? 1,
    to: isText(body['to']) ? body['to'] : null,
    afterMs: numberOr(body['afterMs'], null),
    count: numberOr(body['count'], null),
  }
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null
}

function isBetween(value: unknown, low: number, high: number): boolean {
  return typeof value === 'number' && value >= low && value <= high
}
