import { expect, test } from 'vitest'
import { isAtLeast } from './version-order.ts'

test.each([
  ['2.14.0', '2.14', true],
  ['2.15.1', '2.14', true],
  ['3.0', '2.14', true],
  ['2.9.10', '2.14', false],
  ['2', '2.14', false],
  ['2.14-RC.1', '2.14', true],
  ['unknown', '2.14', false],
])('%s is at least %s: %s', (version, least, expected) => {
  expect(isAtLeast(version, least)).toBe(expected)
})
