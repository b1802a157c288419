import { expect, test } from 'vitest'
import { Recent } from './recent.ts'

test('what was used last is there, with its newest value', () => {
  const recent = new Recent<number, string>(2)
  for (const key of [1, 2, 1]) recent.set(key, 'old')
  recent.set(1, 'new')
  expect([recent.get(1), recent.get(2), recent.get(3)]).toEqual(['new', 'old', undefined])
})

test('what was used longest ago goes', () => {
  const recent = new Recent<number, string>(2)
  for (const key of [1, 2, 3, 4, 5, 6]) recent.set(key, 'value')
  expect([1, 2, 5, 6].map((key) => recent.get(key))).toEqual([undefined, undefined, 'value', 'value'])
})

test('what is used stays', () => {
  const recent = new Recent<number, string>(2)
  recent.set(1, 'value')
  for (const key of [2, 3, 4, 5, 6]) {
    recent.get(1)
    recent.set(key, 'value')
  }
  expect(recent.get(1)).toBe('value')
})
