/** Whom a segment holds, by what is known of a user. Complete and consistent: see ./segment-input.ts. */
export type SegmentFilter =
  | { readonly all: readonly SegmentFilter[] }
  | { readonly any: readonly SegmentFilter[] }
  | { readonly not: SegmentFilter }
  | { readonly attribute: AttributeFilter }

export type AttributeFilter = {
  /** "plan" or "address.city"; {@link userColumns} are not in the attributes. */
  readonly path: string
} & AttributeTest

/** What is missing, or of another type, passes no test but `exists: false`. */
export type AttributeTest =
  | { readonly equals: Scalar }
  | { readonly in: readonly Scalar[] }
  | { readonly gt: number }
  | { readonly lt: number }
  | { readonly exists: boolean }

export type Scalar = string | number | boolean

/** Paths that name something of the user herself, which is always a text. */
export const userColumns = ['locale', 'timeZone', 'region'] as const
export type UserColumn = (typeof userColumns)[number]

export function userColumnOf(path: string): UserColumn | undefined {
  return userColumns.find((column) => column === path)
}

/** Every path that a filter asks about, once. */
export function pathsOf(filter: SegmentFilter): readonly string[] {
  return [...new Set(attributesOf(filter).map(({ path }) => path))]
}

function attributesOf(filter: SegmentFilter): readonly AttributeFilter[] {
  if ('attribute' in filter) return [filter.attribute]
  if ('not' in filter) return attributesOf(filter.not)
  return ('all' in filter ? filter.all : filter.any).flatMap(attributesOf)
}
