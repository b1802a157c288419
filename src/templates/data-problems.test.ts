import { expect, test } from 'vitest'
import { dataProblems } from './data-problems.ts'

const schema = {
  type: 'object',
  required: ['code', 'to'],
  properties: {
    code: { type: 'string', maxLength: 6 },
    to: { type: 'object', properties: { 'e/mail': { type: 'string', format: 'email' } }, additionalProperties: false },
    lines: { type: 'array', items: { type: 'integer' } },
  },
}

test('data as the schema wants it has no problems', () => {
  expect(dataProblems(schema, { code: '123456', to: { 'e/mail': 'ann@example.com' }, lines: [1] })).toEqual([])
})

test('every problem is named at once, with the path of its field', () => {
  expect(dataProblems(schema, { code: '1234567', to: { 'e/mail': 'ann', cc: 1 }, lines: [1, 'two'] })).toEqual([
    { path: ['input', 'data', 'code'], code: 'MAX_LENGTH', message: 'must NOT have more than 6 characters' },
    {
      path: ['input', 'data', 'to', 'cc'],
      code: 'ADDITIONAL_PROPERTIES',
      message: 'must NOT have additional properties',
    },
    { path: ['input', 'data', 'to', 'e/mail'], code: 'FORMAT', message: 'must match format "email"' },
    { path: ['input', 'data', 'lines', '1'], code: 'TYPE', message: 'must be integer' },
  ])
})

test('no data is data without fields', () => {
  const missing = (field: string) => ({
    path: ['input', 'data', field],
    code: 'REQUIRED',
    message: `must have required property '${field}'`,
  })
  expect(dataProblems(schema, undefined)).toEqual([missing('code'), missing('to')])
  expect(dataProblems(schema, null)).toEqual([missing('code'), missing('to')])
})

test('a template without a schema takes anything', () => {
  expect([dataProblems(undefined, { a: 1 }), dataProblems(null, 'text')]).toEqual([[], []])
})

test('two versions may carry the same $id', () => {
  const version = (type: string) => ({ $id: 'https://example.com/data', properties: { a: { type } } })
  expect(dataProblems(version('string'), { a: 1 })).toHaveLength(1)
  expect(dataProblems(version('number'), { a: 1 })).toHaveLength(0)
})

test('a schema of draft 7 is understood', () => {
  const draft7 = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    properties: { a: { items: [{ type: 'number' }] } },
  }
  expect(dataProblems(draft7, { a: ['x'] })).toHaveLength(1)
})
