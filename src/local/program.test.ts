import { expect, test } from 'vitest'
import { isAtLeast } from './program.ts'

test.each([
  ['2.15.1', '2.14', true],
  ['2.14.0', '2.14', true],
  ['2.9.10', '2.14', false],
  ['7.0.15', '6.2', true],
  ['6.0.16', '6.2', false],
  ['10.0', '9.1.2', true],
])('version %s is at least %s: %s', (version, wanted, answer) => {
  expect(isAtLeast(version, wanted)).toBe(answer)
})
