import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { type Attempted, backoffMs, nextStep, type Step } from './next-step.ts'
import { providerChannels, tiers } from './words.ts'

const anAttempt = (parts: Partial<Attempted>): Attempted => ({
  outcome: { kind: 'accepted' },
  attempt: 1,
  tier: 'TRANSACTIONAL',
  channel: 'EMAIL',
  leftMs: 600_000,
  evidenceMs: 60_000,
  random: 0.5,
  hasOther: false,
  ...parts,
})

describe('the step after an attempt', () => {
  const cases: readonly (readonly [string, Partial<Attempted>, Step])[] = [
    ['is done once a provider accepted', { outcome: { kind: 'accepted' } }, { do: 'done' }],
    [
      'retries a refusal of an OTP quickly',
      { outcome: { kind: 'retryable', code: '503' } },
      { do: 'retry', inMs: 125 },
    ],
    [
      'retries marketing slowly',
      { outcome: { kind: 'retryable', code: '503' }, tier: 'MARKETING' },
      { do: 'retry', inMs: 2_500 },
    ],
    [
      'doubles the wait with each attempt',
      { outcome: { kind: 'retryable', code: '503' }, tier: 'SOCIAL', attempt: 4 },
      { do: 'retry', inMs: 8_000 },
    ],
    [
      'does not grow the wait past its cap',
      { outcome: { kind: 'retryable', code: '503' }, attempt: 1_000 },
      { do: 'retry', inMs: 5_000 },
    ],
    [
      'waits as long as the provider asked, and a little more',
      { outcome: { kind: 'retryable', code: '429', afterMs: 2_000 } },
      { do: 'retry', inMs: 2_125 },
    ],
    [
      'expires what cannot wait as long as the provider asked',
      { outcome: { kind: 'retryable', code: '429', afterMs: 60_000 }, leftMs: 60_000 },
      { do: 'expire' },
    ],
    [
      'expires what is past its deadline',
      { outcome: { kind: 'retryable', code: '503' }, random: 0, leftMs: 0 },
      { do: 'expire' },
    ],
    [
      'sends an unanswered push again soon: its collapse id makes it one',
      { outcome: { kind: 'unknown', code: 'timeout' }, channel: 'PUSH' },
      { do: 'retry', inMs: 125 },
    ],
    [
      'waits three seconds for evidence of an OTP',
      { outcome: { kind: 'unknown', code: 'timeout' }, channel: 'SMS' },
      { do: 'awaitEvidence', forMs: 3_000 },
    ],
    [
      'waits a minute for evidence of anything else',
      { outcome: { kind: 'unknown', code: 'timeout' }, tier: 'SOCIAL' },
      { do: 'awaitEvidence', forMs: 60_000 },
    ],
    [
      'waits for evidence no longer than the deadline',
      { outcome: { kind: 'unknown', code: 'timeout' }, leftMs: 1_200 },
      { do: 'awaitEvidence', forMs: 1_200 },
    ],
    [
      'expires an unanswered attempt past its deadline',
      { outcome: { kind: 'unknown', code: 'timeout' }, leftMs: -1 },
      { do: 'expire' },
    ],
    [
      'gives up on a dead target',
      { outcome: { kind: 'stale_target', code: '410 Unregistered' } },
      { do: 'deadLetter', reason: 'stale_target' },
    ],
    [
      'obeys an opt-out at the provider',
      { outcome: { kind: 'suppressed', code: '21610' } },
      { do: 'suppress', reason: 'opted_out' },
    ],
    [
      'gives up on what can never succeed',
      { outcome: { kind: 'permanent', code: '413' } },
      { do: 'deadLetter', reason: 'rejected' },
    ],
    [
      'fails over at once when a provider refuses and another one is there',
      { outcome: { kind: 'retryable', code: '503' }, tier: 'MARKETING', hasOther: true },
      { do: 'failOver' },
    ],
    [
      'fails over an OTP that is throttled',
      { outcome: { kind: 'retryable', code: '429', throttled: true, afterMs: 2_000 }, hasOther: true },
      { do: 'failOver' },
    ],
    [
      'lets marketing that is throttled wait its turn: the other provider has a budget too',
      {
        outcome: { kind: 'retryable', code: '429', throttled: true, afterMs: 2_000 },
        tier: 'MARKETING',
        hasOther: true,
      },
      { do: 'retry', inMs: 4_500 },
    ],
    [
      'never fails over what may have been taken',
      { outcome: { kind: 'unknown', code: 'timeout' }, hasOther: true },
      { do: 'awaitEvidence', forMs: 3_000 },
    ],
    [
      'never fails over what somebody opted out of',
      { outcome: { kind: 'suppressed', code: '21610' }, hasOther: true },
      { do: 'suppress', reason: 'opted_out' },
    ],
    [
      'fails over where our credentials are wrong',
      { outcome: { kind: 'config', code: '401' }, hasOther: true },
      { do: 'failOver' },
    ],
    [
      'gives up where our credentials are wrong',
      { outcome: { kind: 'config', code: '401' } },
      { do: 'deadLetter', reason: 'provider_config' },
    ],
  ]
  it.each(cases)('%s', (_sentence, attempt, step) => {
    expect(nextStep(anAttempt(attempt))).toEqual(step)
  })
})

const attempts = fc.record({
  outcome: fc.oneof(
    fc.record({ kind: fc.constant('retryable' as const), code: fc.constant('x'), afterMs: fc.nat(120_000) }),
    fc.constant({ kind: 'unknown' as const, code: 'x' }),
  ),
  attempt: fc.integer({ min: 1, max: 5_000 }),
  tier: fc.constantFrom(...tiers),
  channel: fc.constantFrom(...providerChannels),
  leftMs: fc.integer({ min: -10_000, max: 600_000 }),
  random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  hasOther: fc.boolean(),
  evidenceMs: fc.constant(60_000),
})

test('no wait ends after the deadline', () => {
  fc.assert(
    fc.property(attempts, (attempted) => {
      expect(waitMs(nextStep(attempted)) ?? 0).toBeLessThanOrEqual(Math.max(attempted.leftMs, 0))
    }),
  )
})

test('no retry comes before the provider allows it', () => {
  fc.assert(
    fc.property(attempts, (attempted) => {
      const afterMs = attempted.outcome.kind === 'retryable' ? attempted.outcome.afterMs : 0
      const step = nextStep(attempted)
      if (step.do === 'retry') expect(step.inMs).toBeGreaterThanOrEqual(afterMs)
    }),
  )
})

test('jitter stays between nothing and the back-off, which never shrinks and has a cap', () => {
  const capMs = { TRANSACTIONAL: 10_000, SOCIAL: 300_000, MARKETING: 900_000 }
  fc.assert(
    fc.property(attempts, ({ tier, attempt, random }) => {
      const waited = backoffMs(tier, attempt, random)
      expect(waited).toBeGreaterThanOrEqual(0)
      expect(waited).toBeLessThanOrEqual(capMs[tier])
      expect(backoffMs(tier, attempt + 1, random)).toBeGreaterThanOrEqual(waited)
    }),
  )
})

function waitMs(step: Step): number | undefined {
  if (step.do === 'retry') return step.inMs
  return step.do === 'awaitEvidence' ? step.forMs : undefined
}
