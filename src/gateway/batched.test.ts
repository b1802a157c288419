import { expect, test } from 'vitest'
import { awaited, batched } from './batched.ts'

test('what is asked for together is read together, so many at a time, and each gets its own answer', async () => {
  const reads: (readonly number[])[] = []
  const ask = awaited(
    batched({ most: 2, gather: setImmediate }, async (keys: readonly number[]) => {
      reads.push(keys)
      return keys.map((key) => key * 10)
    }),
  )
  expect(await Promise.all([ask(1), ask(2), ask(3)])).toEqual([10, 20, 30])
  expect(await ask(4)).toBe(40)
  expect(reads).toEqual([[1, 2], [3], [4]])
})

test('a read that fails fails for those who asked together, and for nobody after them', async () => {
  let down = true
  const ask = awaited(
    batched({ most: 10, gather: process.nextTick }, async (keys: readonly string[]) => {
      if (down) throw new Error('down')
      return keys
    }),
  )
  expect(await Promise.allSettled([ask('a'), ask('b')])).toMatchObject([
    { reason: { message: 'down' } },
    { reason: { message: 'down' } },
  ])
  down = false
  expect(await ask('c')).toBe('c')
})
