import { expect, test } from 'vitest'
import {
  monthBefore,
  monthOf,
  monthOfNotification,
  oldestMonth,
  recount,
  secondsLeft,
  withChange,
} from './log-months.ts'

const day = 86_400_000
const none = { unread: 0, hidden: 0, archived: 0 }

test('a month is that of UTC, and the one before January is December', () => {
  expect(monthOf(new Date('2026-12-31T23:59:59.999Z'))).toBe(202612)
  expect(monthOf(new Date('2027-01-01T00:00:00.000Z'))).toBe(202701)
  expect([monthBefore(202701), monthBefore(202612)]).toEqual([202612, 202611])
})

test('the id of a notification tells its month, and another id none', () => {
  // 1469918176385 ms: the example of the specification of ULID.
  expect(monthOfNotification('ntf_01arykze710000000000000000')).toBe(201607)
  expect(monthOfNotification('something else')).toBe(0)
})

test('all of a month goes at once, so long after its end', () => {
  const now = new Date('2026-11-10T00:00:00.000Z')
  expect(secondsLeft(202611, now, 30 * day)).toBe((21 + 30) * 86_400)
  expect(secondsLeft(202609, now, 30 * day)).toBe(1)
  expect(oldestMonth(now, 30 * day)).toBe(202610)
  expect(oldestMonth(new Date('2026-10-31T00:00:00.000Z'), 30 * day)).toBe(202610)
})

test('an inbox never goes back to a month that it has left', () => {
  const months = withChange([], 1, 202611)
  expect(months).toEqual([{ month: 202611, firstSeq: 1, ...none }])
  expect(withChange(months, 7, 202610)).toEqual(months)
  expect(withChange(months, 7, 202612)).toEqual([...months, { month: 202612, firstSeq: 7, ...none }])
})

test('counts follow an item from state to state', () => {
  const [read, archived] = [new Date(1), new Date(2)]
  const month = { month: 202611, firstSeq: 1, unread: 3, hidden: 0, archived: 0 }
  const fresh = { readAt: null, archivedAt: null }
  expect(recount(month, fresh, { readAt: read, archivedAt: null })).toMatchObject({ ...none, unread: 2 })
  expect(recount(month, fresh, { readAt: null, archivedAt: archived })).toMatchObject({
    unread: 2,
    hidden: 1,
    archived: 1,
  })
  expect(recount(month, { readAt: read, archivedAt: archived }, { readAt: read, archivedAt: null })).toMatchObject({
    unread: 3,
    archived: -1,
  })
})
