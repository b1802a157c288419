import { expect, it } from 'vitest'
import { estimatedEnd, nextPageAt, pageLimit } from './campaign-pace.ts'

const now = new Date('2027-03-10T12:00:00Z')
const inMs = (ms: number) => new Date(now.getTime() + ms)

it('a page is half a second of the pace, and at most 500', () => {
  expect([1, 2, 3, 200, 999, 100_000].map(pageLimit)).toEqual([1, 1, 2, 100, 500, 500])
})

it('the next page is due by when this one was, however late it was made', () => {
  expect(nextPageAt(null, 100, 200, now)).toEqual(inMs(500))
  expect(nextPageAt(inMs(-300), 100, 200, now)).toEqual(inMs(200))
  expect(nextPageAt(inMs(-800), 100, 200, now)).toEqual(inMs(-300))
})

it('no more than a second is made up for', () => {
  expect(nextPageAt(inMs(-3_600_000), 100, 200, now)).toEqual(inMs(-500))
})

it('the end is estimated from what is left and how it goes, and not before the last zone’s turn', () => {
  const going = { recipientCount: 1000, processed: 400, perSecond: 100, ratePerSecond: null, lastPartAt: null }
  expect(estimatedEnd(going, now)).toEqual(inMs(6000))
  expect(estimatedEnd({ ...going, ratePerSecond: 50 }, now)).toEqual(inMs(12_000))
  expect(estimatedEnd({ ...going, ratePerSecond: 0 }, now)).toEqual(inMs(6000))
  expect(estimatedEnd({ ...going, ratePerSecond: 900 }, now)).toEqual(inMs(6000))
  expect(estimatedEnd({ ...going, lastPartAt: inMs(60_000) }, now)).toEqual(inMs(60_000))
  expect(estimatedEnd({ ...going, processed: 1001 }, now)).toEqual(now)
  expect(estimatedEnd({ ...going, recipientCount: null }, now)).toBeNull()
})
