import { expect, test } from 'vitest'
import { Lru } from './lru.ts'

test('the entry that was used longest ago goes first', () => {
  const lru = new Lru<string, number>(2)
  lru.set('a', 1)
  lru.set('b', 2)
  expect(lru.get('a')).toBe(1)
  lru.set('c', 3)
  expect(['a', 'b', 'c'].map((key) => lru.get(key))).toEqual([1, undefined, 3])
  lru.set('c', 4)
  expect(['a', 'c'].map((key) => lru.get(key))).toEqual([1, 4])
})
