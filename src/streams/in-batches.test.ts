import { expect, test } from 'vitest'
import { inBatches } from './in-batches.ts'

/** Remembers its batches; each ends when it is let go. */
function aWorker() {
  const batches: (readonly number[])[] = []
  const ends: (() => void)[] = []
  const work = (items: readonly number[]) => {
    batches.push(items)
    return new Promise<void>((resolve) => {
      ends.push(resolve)
    })
  }
  return { batches, work, letGo: () => ends.shift()?.() }
}

test('works on what comes together in one batch, and on what comes meanwhile in the next', async () => {
  const { batches, work, letGo } = aWorker()
  const put = inBatches(work, { waitMs: 1, most: 100 })
  const first = [put([1]), put([2, 3])]
  await expect.poll(() => batches).toEqual([[1, 2, 3]])
  const second = [put([4]), put([5])]
  letGo()
  await Promise.all(first)
  await expect
    .poll(() => batches)
    .toEqual([
      [1, 2, 3],
      [4, 5],
    ])
  letGo()
  await Promise.all(second)
})

test('takes no more at once than it may, unless they were handed in together', async () => {
  const batches: (readonly number[])[] = []
  const put = inBatches(async (items: readonly number[]) => void batches.push(items), { waitMs: 1, most: 3 })
  await Promise.all([put([1, 2]), put([3, 4]), put([5]), put([6, 7, 8, 9])])
  expect(batches).toEqual([
    [1, 2],
    [3, 4, 5],
    [6, 7, 8, 9],
  ])
})

test('tells everybody in a batch that it has failed, and nobody else', async () => {
  const work = async (items: readonly number[]) => {
    if (items.includes(2)) throw new Error('two')
  }
  const put = inBatches(work, { waitMs: 1, most: 2 })
  const results = await Promise.allSettled([put([1]), put([2]), put([3])])
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled'])
  await put([4])
})
