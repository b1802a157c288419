import fc from 'fast-check'
import { expect, test } from 'vitest'
import { behind, type ItemAtChange, inboxChanges } from './inbox-changes.ts'
import type { InboxHead, InboxItem } from './inbox-item.ts'

const anItem = (createdSeq: number, changedSeq = createdSeq): InboxItem => ({
  userId: 'ada',
  notificationId: `ntf_${createdSeq}`,
  createdSeq,
  changedSeq,
  tier: 'SOCIAL',
  category: 'social.like',
  title: 'Hello',
  body: 'World',
  imageUrl: null,
  deepLink: null,
  actions: [],
  data: null,
  sentAt: new Date(0),
  readAt: null,
  archivedAt: null,
})

const added = (seq: number, item = anItem(seq)): ItemAtChange => ({ seq, isNew: true, item })
const changed = (seq: number, createdSeq: number): ItemAtChange => ({
  seq,
  isNew: false,
  item: anItem(createdSeq, seq),
})

const countsOf = (items: readonly ItemAtChange[], from: InboxHead | undefined, to: InboxHead) =>
  inboxChanges(items, from, to).changes.map(({ at, unread }) => [at.seq, unread])

test('each added item is a change; the items of one change are one', () => {
  const items = [added(3), changed(4, 1), changed(4, 2), added(5)]
  expect(inboxChanges(items, { seq: 2, unread: 2 }, { seq: 5, unread: 2 })).toEqual({
    changes: [
      { kind: 'added', at: behind(3), unread: 3, item: anItem(3) },
      { kind: 'changed', at: { seq: 4, createdSeq: 2 }, unread: 1, items: [anItem(1, 4), anItem(2, 4)] },
      { kind: 'added', at: behind(5), unread: 2, item: anItem(5) },
    ],
    known: { seq: 5, unread: 2 },
  })
})

test('a change of more than 100 items is told in parts that can be continued from', () => {
  const items = Array.from({ length: 250 }, (_, index) => changed(300, index + 1))
  const { changes, known } = inboxChanges(items, { seq: 299, unread: 250 }, { seq: 300, unread: 0 })
  expect(changes.map(({ kind, at, unread }) => ({ kind, at, unread }))).toEqual([
    { kind: 'changed', at: { seq: 300, createdSeq: 100 }, unread: 0 },
    { kind: 'changed', at: { seq: 300, createdSeq: 200 }, unread: 0 },
    { kind: 'changed', at: { seq: 300, createdSeq: 250 }, unread: 0 },
  ])
  expect(known).toEqual({ seq: 300, unread: 0 })
})

test('the rest of a change whose first items have been told of has the same count', () => {
  expect(countsOf([changed(7, 3), added(8)], { seq: 7, unread: 4 }, { seq: 20, unread: 9 })).toEqual([
    [7, 4],
    [8, 5],
  ])
})

test('counts are exact along added items from either end', () => {
  const items = [added(5), added(6), changed(7, 1), added(8), added(9)]
  expect(countsOf(items, { seq: 4, unread: 10 }, { seq: 9, unread: 13 })).toEqual([
    [5, 11],
    [6, 12],
    [7, 11],
    [8, 12],
    [9, 13],
  ])
})

test('where nothing is certain, the newest count stands in', () => {
  const items = [changed(5, 1), changed(6, 2), changed(8, 3)]
  expect(countsOf(items, { seq: 4, unread: 9 }, { seq: 8, unread: 6 })).toEqual([
    [5, 6],
    [6, 6],
    [8, 6],
  ])
  expect(inboxChanges(items, undefined, { seq: 9, unread: 6 }).known).toBeUndefined()
})

test('nothing has happened', () => {
  expect(inboxChanges([], { seq: 4, unread: 9 }, { seq: 4, unread: 9 })).toEqual({ changes: [], known: undefined })
})

test('a count that is said to be known is the one that the inbox had', () => {
  // Each step adds an item, or touches one of those that are there and changes the count by as much.
  const step = fc.oneof(fc.constant('add' as const), fc.record({ of: fc.nat(30), by: fc.integer({ min: -2, max: 2 }) }))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.nat(40), fc.boolean(), (steps, start, isFromKnown) => {
      const history = [100]
      const changedSeqs: number[] = []
      const createdSeqs: number[] = []
      for (const each of steps) {
        const seq = history.length
        const isAdd = each === 'add' || createdSeqs.length === 0
        if (isAdd) createdSeqs.push(seq)
        changedSeqs[isAdd ? createdSeqs.length - 1 : each.of % createdSeqs.length] = seq
        history.push((history.at(-1) ?? 0) + (isAdd ? 1 : each.by))
      }
      const fromSeq = Math.min(start, history.length - 1)
      const headAt = (seq: number) => ({ seq, unread: history[seq] ?? 0 })
      const items = createdSeqs
        .flatMap((createdSeq, index) => {
          const changedSeq = changedSeqs[index] ?? createdSeq
          return changedSeq > createdSeq ? [added(createdSeq), changed(changedSeq, createdSeq)] : [added(createdSeq)]
        })
        .filter(({ seq }) => seq > fromSeq)
        .sort((a, b) => a.seq - b.seq)
      const to = headAt(history.length - 1)
      for (let length = 0; length <= items.length; length++) {
        const { known } = inboxChanges(items.slice(0, length), isFromKnown ? headAt(fromSeq) : undefined, to)
        if (known) expect(known).toEqual(headAt(known.seq))
      }
      if (items.length > 0) expect(inboxChanges(items, undefined, to).known).toEqual(to)
    }),
  )
})
