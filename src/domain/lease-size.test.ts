import { expect, test } from 'vitest'
import { leaseSize } from './lease-size.ts'

test('a lease that was gone at once makes the next one larger, up to the largest', () => {
  expect(leaseSize(8, 0, 10, 50)).toBe(16)
  expect(leaseSize(40, 0, 10, 50)).toBe(50)
})

test('one that lasted stays as it is', () => {
  expect(leaseSize(8, 0, 60, 50)).toBe(8)
})

test('what was left over is not taken again', () => {
  expect(leaseSize(8, 5, 1000, 50)).toBe(3)
  expect(leaseSize(8, 8, 1000, 50)).toBe(1)
})
