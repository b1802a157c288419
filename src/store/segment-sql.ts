import { type AttributeFilter, type SegmentFilter, type UserColumn, userColumnOf } from '../domain/segment.ts'

/** Keeps a value among the parameters of a query and answers with its name: "$3". */
export type Parameter = (value: unknown) => string

/** Parameters from `$1` on: what is put in, and what stands for it. */
export function parameters(): { readonly values: unknown[]; readonly parameter: Parameter } {
  const values: unknown[] = []
  return { values, parameter: (value) => `$${values.push(value)}` }
}

/**
 * The condition under which a row of `users u` is in a segment. Whatever a caller said is in parameters. It may be null
 * where it is not true: a value that is missing passes no test, and `not` takes null for false.
 */
export function segmentSql(filter: SegmentFilter, parameter: Parameter): string {
  if ('all' in filter) return joined(filter.all, 'AND', parameter)
  if ('any' in filter) return joined(filter.any, 'OR', parameter)
  if ('not' in filter) return `((${segmentSql(filter.not, parameter)}) IS NOT TRUE)`
  const column = userColumnOf(filter.attribute.path)
  return column === undefined
    ? attributeSql(filter.attribute, parameter)
    : columnSql(columnNames[column], filter.attribute, parameter)
}

/** The condition under which the attributes of a row of `users u` have anything at that path. */
export function presenceSql(path: string, parameter: Parameter): string {
  return `(jsonb_typeof(${valueAt(path, parameter)}) <> 'null')`
}

const columnNames: Record<UserColumn, string> = { locale: 'u.locale', timeZone: 'u.time_zone', region: 'u.region' }

function joined(filters: readonly SegmentFilter[], word: 'AND' | 'OR', parameter: Parameter): string {
  return `(${filters.map((each) => segmentSql(each, parameter)).join(` ${word} `)})`
}

/** Containment is equality here: paths and values are such that nothing but the value itself contains it. */
function attributeSql(attribute: AttributeFilter, parameter: Parameter): string {
  const { path } = attribute
  if ('equals' in attribute) return `u.attributes @> ${parameter(jsonAt(path, attribute.equals))}::jsonb`
  if ('in' in attribute) {
    return `u.attributes @> ANY (${parameter(attribute.in.map((value) => jsonAt(path, value)))}::jsonb[])`
  }
  if ('exists' in attribute) return existence(attribute.exists, presenceSql(path, parameter))
  const value = valueAt(path, parameter)
  const comparison = 'gt' in attribute ? `> ${number(attribute.gt)}` : `< ${number(attribute.lt)}`
  // Comparing two jsonb values never fails, in whichever order the two conditions are asked.
  return `(jsonb_typeof(${value}) = 'number' AND ${value} ${comparison})`

  function number(bound: number): string {
    return `to_jsonb(${parameter(bound)}::float8)`
  }
}

function columnSql(column: string, attribute: AttributeFilter, parameter: Parameter): string {
  if ('equals' in attribute) return `${column} = ${parameter(attribute.equals)}::text`
  if ('in' in attribute) return `${column} = ANY (${parameter(attribute.in)}::text[])`
  if ('exists' in attribute) return existence(attribute.exists, `(${column} IS NOT NULL)`)
  throw new Error('a text that is compared with a number')
}

function existence(wanted: boolean, present: string): string {
  return wanted ? present : `(${present} IS NOT TRUE)`
}

/** Key by key: `#>` would also count the elements of lists, which containment does not. */
function valueAt(path: string, parameter: Parameter): string {
  return ['u.attributes', ...path.split('.').map((key) => `${parameter(key)}::text`)].join(' -> ')
}

/** `{"address": {"city": value}}` */
function jsonAt(path: string, value: unknown): string {
  return JSON.stringify(path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value))
}
