import { expect, test } from 'vitest'
import { type InboxChange, withChange } from './inbox-tail.ts'

const head = (seq: number): InboxChange => ({ seq, unread: seq })
const allOf = (...seqs: readonly number[]) =>
  seqs.reduce((coming: readonly InboxChange[], seq) => withChange(coming, head(seq)), []).map(({ seq }) => seq)

test('changes are kept in order, each once', () => {
  expect(allOf(2, 4, 3, 3, 1)).toEqual([1, 2, 3, 4])
})

test('more of them than can be read soon become the newest one', () => {
  const seqs = Array.from({ length: 300 }, (_, n) => n + 1)
  expect(allOf(...seqs.slice(0, 256))).toHaveLength(256)
  expect(allOf(...seqs.slice(0, 257))).toEqual([257])
  expect(allOf(...seqs)).toEqual(seqs.slice(256))
})
