import { expect, test } from 'vitest'
import { inboxIdProblems, ownNotificationIds } from './inbox-ids.ts'

const ulid = '01jd0000000000000000000000'

test('every malformed id is named by its place', () => {
  const ids = [`inb_${ulid}~ada`, 'inb_1~ada', '', `ntf_${ulid}`, `inb_${ulid}~`]
  expect(inboxIdProblems(ids).map(({ path, code }) => [...path, code])).toEqual([
    ['ids', '1', 'BAD_ID'],
    ['ids', '2', 'BAD_ID'],
    ['ids', '3', 'BAD_ID'],
    ['ids', '4', 'BAD_ID'],
  ])
})

test.each([0, 101])('%i ids are refused', (length) => {
  const ids = Array.from({ length }, () => `inb_${ulid}~ada`)
  expect(inboxIdProblems(ids)).toEqual([
    { path: ['ids'], code: 'COUNT', message: `must be 1 to 100 ids, not ${length}` },
  ])
})

test('only her own items count', () => {
  expect(ownNotificationIds([`inb_${ulid}~ada`, `inb_${ulid}~bob`], 'ada')).toEqual([`ntf_${ulid}`])
})
