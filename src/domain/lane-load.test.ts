import { expect, test } from 'vitest'
import { emptyLane, hasRoom, type LaneLoad, nextLoad } from './lane-load.ts'

/** What a lane of this pace has open after each of so many quarters of a second, filled whenever it has room. */
function filled(perQuarter: number, quarters: number): number[] {
  let load: LaneLoad = emptyLane
  return Array.from({ length: quarters }, () => {
    let added = 0
    while (hasRoom({ ...load, open: load.open + added })) added += 5
    load = nextLoad(load, added, Math.max(0, load.open + added - perQuarter), 250)
    return load.open
  })
}

test('a lane that nothing is known of gets two pages, and no more while it stands still', () => {
  expect(filled(0, 40).every((open) => open === 10)).toBe(true)
})

test('a fast lane soon has two seconds of work, and not much more', () => {
  const open = filled(50, 40)
  expect(open.slice(0, 2)).toEqual([0, 30])
  expect(open.slice(2).every((each) => each >= 300 && each <= 400)).toBe(true)
})

test('a lane that slows down is believed within two seconds', () => {
  const fast = { open: 400, perSecond: 200 }
  let load = fast
  for (let n = 0; n < 8; n++) load = nextLoad(load, 0, load.open - 2, 250)
  expect(load.perSecond).toBeCloseTo(50)
  expect(hasRoom(load)).toBe(false)
})

test('a lane that is done is given work again', () => {
  expect(hasRoom({ open: 0, perSecond: 0 })).toBe(true)
})
