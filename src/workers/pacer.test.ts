import { describe, expect, test } from 'vitest'
import type { Tier } from '../domain/words.ts'
import { openPacing, type Pacing } from '../store/pacing.ts'
import { openPacer, type Pacer } from './pacer.ts'

/** A pacer of a process by itself. */
function aPacer(budget: number, now: () => number = Date.now, tier: Tier = 'TRANSACTIONAL') {
  const pacing = openPacing(undefined, { marketingShare: 0.5, clock: now })({ id: 'apns:test', budget })
  return { pacing, pacer: openPacer(pacing, tier, 250, now, () => 0) }
}

async function turns(pacer: Pacer, count: number): Promise<readonly number[]> {
  return Promise.all(Array.from({ length: count }, async () => toMs(await pacer.turn(Date.now()))))
}

function toMs(turn: true | number): number {
  return turn === true ? 0 : turn
}

test('without a limit there is nothing to wait for', () => {
  expect(aPacer(Infinity).pacer.turn(Date.now())).toBe(true)
})

describe('a limit', () => {
  test('lets a few through, and sends the rest away, each until a time of its own', async () => {
    const away = (await turns(aPacer(10).pacer, 40)).filter((inMs) => inMs > 0)
    const seconds = Map.groupBy(away, (inMs) => Math.floor(inMs / 1000))
    expect(away.length).toBeGreaterThanOrEqual(34)
    expect(Math.min(...away)).toBeGreaterThanOrEqual(250)
    for (const second of [1, 2]) {
      expect(seconds.get(second)?.length).toBeGreaterThanOrEqual(8)
      expect(seconds.get(second)?.length).toBeLessThanOrEqual(12)
    }
  })

  test('of which MARKETING has its share sends that away for longer', async () => {
    const { pacer } = aPacer(10, Date.now, 'MARKETING')
    const longest = Math.max(...(await turns(pacer, 40)))
    expect(longest).toBeGreaterThan(7000)
    expect(longest).toBeLessThan(8100)
  })

  test('keeps nobody away for more than half a minute', async () => {
    expect(Math.max(...(await turns(aPacer(1).pacer, 200)))).toBeLessThanOrEqual(30_100)
  })

  test('is met by taking few tokens at first, and more when they are gone at once', async () => {
    const { pacing } = aPacer(1000)
    const sizes: number[] = []
    const lease: Pacing['lease'] = (tier, want) => {
      sizes.push(want)
      return pacing.lease(tier, want)
    }
    const pacer = openPacer(
      { ...pacing, lease },
      'TRANSACTIONAL',
      250,
      () => 0,
      () => 0,
    )
    for (let call = 0; call < 60; call++) await pacer.turn(0)
    expect(sizes).toEqual([1, 2, 4, 8, 16, 32])
  })

  test('gives a lease up that has not been used within a second', async () => {
    const { pacer } = aPacer(1000, () => 0)
    for (let call = 0; call < 2; call++) await pacer.turn(0)
    expect(pacer.turn(999)).toBe(true)
    for (let call = 0; call < 2; call++) await pacer.turn(999)
    expect(pacer.turn(1999)).toBeInstanceOf(Promise)
  })
})
