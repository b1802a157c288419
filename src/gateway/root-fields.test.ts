import { Kind, parse } from 'graphql'
import { expect, test } from 'vitest'
import { rootFields } from './root-fields.ts'

function namesOf(text: string, variables = {}): string[] {
  const document = parse(text)
  const operation = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION)
  if (operation === undefined) throw new Error('no operation')
  return [...rootFields(document, operation, variables)]
}

test.each([
  ['each once', 'mutation { a b c: a }', ['a', 'b', 'c']],
  ['those that are merged as one', 'mutation { a a ... { a } }', ['a']],
  [
    'those of fragments',
    'mutation { ...f ...f } fragment f on Mutation { a ...g } fragment g on Mutation { b }',
    ['a', 'b'],
  ],
  ['none that is left out', 'mutation { a @skip(if: true) b @include(if: false) c @skip(if: false) }', ['c']],
])('counts top-level fields: %s', (_what, text, names) => {
  expect(namesOf(text)).toEqual(names)
})

test('variables decide what is left out', () => {
  const text = 'mutation ($no: Boolean!) { a @include(if: $no) ... @skip(if: $no) { b } }'
  expect(namesOf(text, { no: false })).toEqual(['b'])
  expect(namesOf(text, { no: true })).toEqual(['a'])
})
