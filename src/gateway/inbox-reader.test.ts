import { expect, test } from 'vitest'
import { type InboxChange, inboxReader } from './inbox-reader.ts'

const head = (seq: number): InboxChange => ({ seq, unread: seq })

async function told(changes: AsyncIterableIterator<InboxChange>, count: number): Promise<number[]> {
  const seqs: number[] = []
  while (seqs.length < count) seqs.push((await changes.next()).value.seq)
  return seqs
}

test('a waiting reader is told at once, a busy one in order', async () => {
  const { changes, offer } = inboxReader(() => {})
  const first = changes.next()
  offer(head(1))
  expect(await first).toEqual({ done: false, value: head(1) })
  for (const seq of [2, 4, 3, 3, 1]) offer(head(seq))
  expect(await told(changes, 3)).toEqual([2, 3, 4])
})

test('what was overtaken by more than the reader has been told is not told', async () => {
  const { changes, offer } = inboxReader(() => {})
  offer(head(5))
  expect(await told(changes, 1)).toEqual([5])
  offer(head(4))
  offer(head(6))
  expect(await told(changes, 1)).toEqual([6])
})

test('a reader who is 256 changes behind is told the newest only', async () => {
  const { changes, offer } = inboxReader(() => {})
  for (let seq = 1; seq <= 256; seq++) offer(head(seq))
  expect(await told(changes, 1)).toEqual([1])
  for (let seq = 257; seq <= 300; seq++) offer(head(seq))
  const seqs = await told(changes, 43)
  expect([seqs[0], seqs.at(-1)]).toEqual([258, 300])
})

test('an end reaches a reader who waits', async () => {
  let ends = 0
  const { changes, end } = inboxReader(() => ends++)
  const next = changes.next()
  end()
  await changes.return?.()
  expect([await next, await changes.next(), ends]).toEqual([
    { done: true, value: undefined },
    { done: true, value: undefined },
    1,
  ])
})
