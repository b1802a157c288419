import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { spreadOut, spreadStepMs } from './spread.ts'

const until = new Date('2026-11-23T07:00:00Z')
const farOff = new Date('2026-11-24T07:00:00Z')
const fiveMinutes = 5 * 60_000
const ids = Array.from({ length: 2000 }, (_, n) => `dlv_01kahyj7vv6r2c9a5x0qj4m3ne~push~user-${n}`)

function afterMs(id: string, expiresAt = farOff, spreadMs = fiveMinutes): number {
  return spreadOut(until, id, expiresAt, spreadMs).getTime() - until.getTime()
}

describe('what is released together', () => {
  it('goes out evenly over the spread, in steps', () => {
    const counts = Map.groupBy(ids, (id) => afterMs(id))
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n * spreadStepMs))
    const sizes = [...counts.values()].map(({ length }) => length)
    expect(Math.min(...sizes)).toBeGreaterThan(60)
    expect(Math.max(...sizes)).toBeLessThan(140)
  })

  it('goes out at the same instant however often that is worked out', () => {
    expect(ids.slice(0, 6).map((id) => afterMs(id) / 1000)).toEqual([45, 180, 270, 90, 90, 75])
  })

  it('goes out at once where nothing is to be spread', () => {
    expect(new Set(ids.map((id) => afterMs(id, farOff, 0)))).toEqual(new Set([0]))
  })

  it('is never spread beyond its deadline', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: fiveMinutes }), (id, leftMs) => {
        expect(afterMs(id, new Date(until.getTime() + leftMs))).toBeLessThan(leftMs)
      }),
    )
  })

  it('falls due at its deadline when that comes first', () => {
    const deadline = new Date(until.getTime() - 3_600_000)
    expect(spreadOut(until, 'dlv', deadline, fiveMinutes)).toEqual(deadline)
  })
})
