import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addCorrections, type Correction, correctedFunnel } from './correction.ts'
import { changeBy, type Logged, outcomeOfReport, type ReportedState } from './report.ts'

const states: readonly ReportedState[] = ['SENT', 'DELIVERED', 'FAILED']

/** What is left of a delivery and its counts when reports come in this order. */
function hear(before: Logged, reports: readonly ReportedState[]) {
  let logged = before
  let correction: Correction = {}
  for (const state of reports) {
    const change = changeBy(logged, state)
    if (change === undefined) continue
    logged = { state, reason: null, reported: true }
    correction = addCorrections(correction, change.correction)
  }
  return { state: logged.state, correction }
}

const befores: readonly Logged[] = [
  { state: 'SENT', reason: null, reported: false },
  { state: 'SENT', reason: null, reported: true },
  { state: 'UNKNOWN', reason: 'awaiting_evidence', reported: false },
  { state: 'UNKNOWN', reason: 'no_evidence', reported: false },
  { state: 'FAILED', reason: 'rejected', reported: false },
  { state: 'EXPIRED', reason: 'expired', reported: false },
]

test('the order of reports, and how often each comes, makes no difference', () => {
  const reports = fc.array(fc.constantFrom(...states), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(fc.constantFrom(...befores), reports, (before, given) => {
      const sorted = states.filter((state) => given.includes(state))
      const expected = hear(before, sorted)
      expect(hear(before, given)).toEqual(expected)
      expect(hear(before, [...given, ...given])).toEqual(expected)
      expect(hear(before, given.toReversed())).toEqual(expected)
    }),
  )
})

test.each<[ReportedState[], Correction]>([
  [['SENT'], {}],
  [['SENT', 'DELIVERED'], { delivered: 1 }],
  [['FAILED'], { failed: 1 }],
  [['SENT', 'DELIVERED', 'FAILED'], { failed: 1 }],
])('of a delivery that was sent, %j counts as %j', (reports, correction) => {
  expect(hear({ state: 'SENT', reason: null, reported: false }, reports)).toEqual({
    state: reports.at(-1),
    correction,
  })
})

test.each<[Logged['state'], string, Correction]>([
  ['UNKNOWN', 'awaiting_evidence', { delivered: 1 }],
  ['UNKNOWN', 'no_evidence', { unknown: -1, sent: 1, delivered: 1 }],
  ['EXPIRED', 'expired', { expired: -1, sent: 1, delivered: 1 }],
  ['FAILED', 'rejected', { failed: -1, sent: 1, delivered: 1 }],
])('a delivery that was %s (%s) and has arrived is counted anew: %j', (state, reason, correction) => {
  expect(changeBy({ state, reason, reported: false }, 'DELIVERED')).toMatchObject({ correction })
})

test('what has failed becomes a dead letter, and what has come through after all is none any more', () => {
  const sent: Logged = { state: 'SENT', reason: null, reported: false }
  const failed: Logged = { state: 'FAILED', reason: 'rejected', reported: false }
  const letters = [changeBy(sent, 'FAILED'), changeBy(sent, 'DELIVERED'), changeBy(failed, 'SENT')]
  expect(letters.map((change) => change?.deadLetter)).toEqual(['make', 'keep', 'remove'])
})

test('says why a delivery has failed, by the word of its provider', () => {
  const outcomes = [
    outcomeOfReport({ kind: 'bounced', code: 'bounce_5.1.1' }),
    outcomeOfReport({ kind: 'failed', code: 'undelivered_30007' }),
    outcomeOfReport({ kind: 'failed', code: null }),
    outcomeOfReport({ kind: 'complained', code: 'spamreport' }),
  ]
  expect(outcomes).toEqual([
    { state: 'FAILED', reason: 'bounced' },
    { state: 'FAILED', reason: 'undelivered_30007' },
    { state: 'FAILED', reason: 'undelivered' },
    { state: 'DELIVERED', reason: null },
  ])
})

test('a funnel has what was told added, and never less than nothing', () => {
  const counted = [
    { stage: 'sent', count: 3 },
    { stage: 'delivered', count: 0 },
    { stage: 'unknown', count: 0 },
  ]
  expect(correctedFunnel(counted, { sent: 1, delivered: 2, unknown: -1 })).toEqual([
    { stage: 'sent', count: 4 },
    { stage: 'delivered', count: 2 },
    { stage: 'unknown', count: 0 },
  ])
})
