import { expect, it } from 'vitest'
import { brokenLimits, type Result } from './limits.ts'
import type { Judgement } from './oracle.ts'

const hang = { from: 1_000, provider: 'apns' }

it('are kept by a run in which nothing went wrong', () => {
  expect(brokenLimits(aResult(), { duplicateShare: 0 })).toEqual([])
})

it('are not kept by a run in which nothing happened', () => {
  expect(brokenLimits(aResult({ judgement: aJudgement({ accepted: 0 }) }), { duplicateShare: 0 })).toEqual([
    'nothing was accepted: it proves nothing',
  ])
})

it('tell how often a promise was broken, with an example', () => {
  const violations = ['one', 'another'].map((what) => ({ rule: 'lost', what }) as const)
  expect(brokenLimits(aResult({ judgement: aJudgement({ violations }) }), { duplicateShare: 0 })).toEqual([
    'lost: 2, for example: one',
  ])
})

it('count what a person is left with, and let a very few pass where any are let pass', () => {
  const sms = (afterCollapse: number, deliveries: number) =>
    aResult({ judgement: aJudgement({ channels: [{ channel: 'SMS', deliveries, duplicates: 9, afterCollapse }] }) })
  expect(brokenLimits(sms(2, 100), { duplicateShare: 0.001 })).toEqual([])
  expect(brokenLimits(sms(3, 100), { duplicateShare: 0.001 })).toEqual(['SMS: 3 of 100 twice (3.00 %, at most 0.1 %)'])
  expect(brokenLimits(sms(10, 10_000), { duplicateShare: 0.001 })).toEqual([])
  expect(brokenLimits(sms(11, 10_000), { duplicateShare: 0.001 })).toHaveLength(1)
  expect(brokenLimits(sms(1, 10_000), { duplicateShare: 0 })).toHaveLength(1)
})

it('are broken by work that never ends, by an API that tells something else, by a process that ends by itself', () => {
  const result = aResult({ quietAfterMs: undefined, apiDifferences: ['it differs'], crashes: ['relay (exit code 1)'] })
  expect(brokenLimits(result, { duplicateShare: 0 })).toEqual([
    'not everything came to its end in time',
    'it differs',
    'a process ended by itself: relay (exit code 1)',
  ])
})

it('hold the providers that are well against themselves', () => {
  const at = (window: string, provider: string, p99Ms: number, messages = 100) => {
    return { window, provider, messages, p50Ms: 1, p99Ms, mostMs: p99Ms }
  }
  const latencies = [
    at('before', 'apns', 40),
    at('during', 'apns', 60_000),
    at('before', 'fcm', 40),
    at('during', 'fcm', 60),
    at('before', 'twilio', 40),
    at('during', 'twilio', 61),
    // Too few to say anything.
    at('before', 'vonage', 20, 99),
    at('during', 'vonage', 60, 99),
  ]
  expect(brokenLimits(aResult({ latencies }), { duplicateShare: 0, p99Factor: 1.5 }, hang)).toEqual([
    'twilio: p99 61 ms in the fault, 40 ms before it (at most 1.5×)',
  ])
})

it('want the breaker open in time, where the service tells of breakers', () => {
  const limits = { duplicateShare: 0, breakerOpensWithinMs: 20_000 }
  const opened = (at: number) => [{ at, provider: 'apns', state: 'OPEN' }]
  expect(brokenLimits(aResult({ breakers: opened(21_000) }), limits, hang)).toEqual([])
  expect(brokenLimits(aResult({ breakers: opened(21_001) }), limits, hang)).toEqual([
    'the breaker of apns opened after 20001 ms (at most 20000)',
  ])
  expect(brokenLimits(aResult({ breakers: [] }), limits, hang)).toEqual(['the breaker of apns never opened'])
  expect(brokenLimits(aResult({ breakers: undefined }), limits, hang)).toEqual([])
})

function aResult(change: Partial<Result> = {}): Result {
  const nothing = { apiDifferences: [], crashes: [], latencies: [], breakers: undefined }
  return { judgement: aJudgement(), quietAfterMs: 1_000, ...nothing, ...change }
}

function aJudgement(change: Partial<Judgement> = {}): Judgement {
  return {
    asked: 1,
    accepted: 1,
    inDoubt: 0,
    inDoubtAndCommitted: 0,
    deliveries: 1,
    reached: 1,
    ended: {},
    unknown: 0,
    open: 0,
    channels: [],
    repeated: [],
    unlogged: 0,
    violations: [],
    ...change,
  }
}
