import { GraphQLError } from 'graphql'
import { builder } from './builder.ts'

/** RFC 3339 section 5.6, with its offset: "2026-11-22T09:30:00+01:00". */
const rfc3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/

builder.scalarType('DateTime', {
  description: 'An instant: RFC 3339 with an offset, such as `2026-11-22T09:30:00+01:00`. Answers are in UTC.',
  serialize: (date) => date.toISOString(),
  parseValue(value) {
    const date = typeof value === 'string' && rfc3339.test(value) ? new Date(value) : undefined
    if (date === undefined || Number.isNaN(date.getTime())) {
      throw new GraphQLError('A DateTime is RFC 3339 with an offset, such as "2026-11-22T09:30:00Z".', {
        extensions: { code: 'BAD_USER_INPUT' },
      })
    }
    return date
  },
})

builder.scalarType('JSON', {
  description: 'Any JSON value.',
  serialize: (value) => value,
  parseValue: (value) => value,
})
