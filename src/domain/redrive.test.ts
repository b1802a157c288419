import { describe, expect, it } from 'vitest'
import { noCounts } from './funnel.ts'
import { type RedrivableLetter, redriveSlices } from './redrive.ts'

const now = new Date('2026-11-22T12:00:00Z')
const notificationId = 'ntf_01jdxq3k4m5n6p7q8r9s0t1v2w'
const pace = { startOf: () => now, perSecond: 100 }

function aLetter(change: Partial<RedrivableLetter> = {}): RedrivableLetter {
  return {
    notificationId,
    recipientId: 'ada',
    channel: 'SMS',
    tier: 'SOCIAL',
    page: 0,
    at: new Date('2026-11-22T11:00:00Z'),
    attempts: 1,
    ...change,
  }
}

function letters(count: number, change: Partial<RedrivableLetter> = {}): RedrivableLetter[] {
  return Array.from({ length: count }, (_, n) => aLetter({ recipientId: `user-${n}`, ...change }))
}

/** For each slice: its channel, its attempt, how many targets it has, and after how many seconds it falls due. */
function shapes(given: readonly RedrivableLetter[], perSecond = 100) {
  return redriveSlices(given, { ...pace, perSecond }).map(({ slice }) => [
    slice.channel,
    slice.attempt,
    slice.targets.length,
    (slice.dueAt.getTime() - now.getTime()) / 1000,
  ])
}

describe('what is redriven', () => {
  it('goes on with the attempt after its last one, in a slice of its page', () => {
    expect(redriveSlices([aLetter({ page: 3, attempts: 2 })], pace)).toEqual([
      {
        slice: {
          id: expect.stringMatching(/^slc_01jdxq3k4m5n6p7q8r9s0t1v2w~[\w-]{32}$/),
          notificationId,
          page: 3,
          tier: 'SOCIAL',
          channel: 'SMS',
          attempt: 3,
          targets: [{ recipientId: 'ada' }],
          reason: 'redrive',
          dueAt: now,
        },
        correction: { ...noCounts, failed: -1, dispatched: -1 },
      },
    ])
  })

  it('was not dispatched when no provider was ever asked', () => {
    const [redriven] = redriveSlices([aLetter({ attempts: 0 })], pace)
    expect(redriven?.correction).toEqual({ ...noCounts, failed: -1, dispatched: 0 })
    expect(redriven?.slice.attempt).toBe(1)
  })

  it('falls due at its pace, each lane by itself', () => {
    expect(shapes([...letters(250), ...letters(120, { channel: 'EMAIL' })])).toEqual([
      ['SMS', 2, 100, 0],
      ['SMS', 2, 100, 1],
      ['SMS', 2, 50, 2],
      ['EMAIL', 2, 100, 0],
      ['EMAIL', 2, 20, 1],
    ])
    expect(shapes(letters(3), 1).map(([, , , second]) => second)).toEqual([0, 1, 2])
    expect(shapes(letters(250), 1000).map(([, , count]) => count)).toEqual([100, 100, 50])
  })

  it('shares a slice only with the same notification, page and attempt', () => {
    const other = 'ntf_01jdxq3k4m5n6p7q8r9s0t1v2x'
    const mixed = [aLetter(), aLetter({ page: 1 }), aLetter({ attempts: 2 }), aLetter({ notificationId: other })]
    expect(shapes(mixed)).toEqual([
      ['SMS', 2, 1, 0],
      ['SMS', 2, 1, 0],
      ['SMS', 3, 1, 0],
      ['SMS', 2, 1, 0],
    ])
  })

  it('is in the same slice however often it is asked for, and in another one when it has failed again', () => {
    const idOf = (letter: RedrivableLetter) => redriveSlices([letter], pace)[0]?.slice.id
    expect(idOf(aLetter())).toBe(idOf(aLetter()))
    expect(idOf(aLetter({ at: now }))).not.toBe(idOf(aLetter()))
  })
})
