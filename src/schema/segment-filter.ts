import type { InputObjectRef } from '@pothos/core'
import type { SegmentFilterInput as SegmentFilterShape } from '../domain/segment-input.ts'
import { builder, type Types } from './builder.ts'

const AttributeFilterInput = builder.inputType('AttributeFilterInput', {
  description:
    'One test of one value of a user: exactly one of `equals`, `in`, `gt`, `lt`, `exists`. A value that is missing, or of another type, passes none but `exists: false`.',
  fields: (t) => ({
    path: t.string({
      required: true,
      description:
        'Within `attributes`: `plan` or `address.city`. `locale`, `timeZone` and `region` are those of the user.',
    }),
    equals: t.field({ type: 'JSON', description: 'A text, a number or a boolean.' }),
    in: t.field({ type: ['JSON'], description: '1 to 1,000 texts, numbers and booleans.' }),
    gt: t.float({ description: 'Greater than.' }),
    lt: t.float({ description: 'Less than.' }),
    exists: t.boolean({ description: 'Whether there is any value but null.' }),
  }),
})

export const SegmentFilterInput: InputObjectRef<Types, SegmentFilterShape> = builder.inputType('SegmentFilterInput', {
  description: 'Who is in a segment. At most 10 levels deep, 200 attributes in all, and 64 KB of JSON.',
  isOneOf: true,
  fields: (t) => ({
    all: t.field({ type: [SegmentFilterInput], description: 'All of these hold: at least one.' }),
    any: t.field({ type: [SegmentFilterInput], description: 'One of these holds: at least one.' }),
    not: t.field({ type: SegmentFilterInput, description: 'Everybody else, those without the value too.' }),
    attribute: t.field({ type: AttributeFilterInput }),
  }),
})
