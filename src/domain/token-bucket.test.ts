import { expect, test } from 'vitest'
import { available, bucketTerms, filled, nextTokenMs, type Tokens, taken } from './token-bucket.ts'
import type { Tier } from './words.ts'

const full: Tokens = { all: Infinity, marketing: Infinity }

/** What each gets when all take whatever they can, every ten milliseconds, in this order. */
function drain(perSecond: number, seconds: number, order: readonly Tier[]): Record<string, number> {
  const terms = bucketTerms(perSecond, 0.5)
  const got: Record<string, number> = {}
  let tokens = filled(full, terms, 0)
  for (let ms = 0; ms < seconds * 1000; ms += 10) {
    tokens = filled(tokens, terms, 10)
    for (const tier of order) {
      const count = available(tokens, terms, tier)
      tokens = taken(tokens, tier, count)
      got[tier] = (got[tier] ?? 0) + count
    }
  }
  return got
}

test('nobody gets more than the rate, besides what the bucket holds', () => {
  const { SOCIAL = 0 } = drain(1000, 10, ['SOCIAL'])
  expect(SOCIAL).toBeGreaterThanOrEqual(9_900)
  expect(SOCIAL).toBeLessThanOrEqual(10_000 + bucketTerms(1000, 0.5).capacity)
})

test('MARKETING has its share, also when nobody else wants anything', () => {
  const { MARKETING = 0 } = drain(1000, 10, ['MARKETING'])
  expect(MARKETING).toBeGreaterThanOrEqual(4_950)
  expect(MARKETING).toBeLessThanOrEqual(5_000 + bucketTerms(1000, 0.5).marketingCapacity)
})

test('TRANSACTIONAL is served first, whoever asks first', () => {
  const got = drain(1000, 10, ['MARKETING', 'SOCIAL', 'TRANSACTIONAL'])
  expect(got['TRANSACTIONAL']).toBeGreaterThan(9_900)
  expect((got['MARKETING'] ?? 0) + (got['SOCIAL'] ?? 0)).toBeLessThan(100)
})

test('the slowest rate still serves everybody', () => {
  expect(drain(1, 100, ['MARKETING'])['MARKETING']).toBeGreaterThanOrEqual(49)
  expect(drain(1, 100, ['SOCIAL'])['SOCIAL']).toBeGreaterThanOrEqual(99)
  expect(drain(1, 100, ['TRANSACTIONAL'])['TRANSACTIONAL']).toBeGreaterThanOrEqual(100)
})

test('tells when the next token is there', () => {
  const terms = bucketTerms(100, 0.5)
  const tokens = { all: 0.5, marketing: 0 }
  expect(nextTokenMs(tokens, terms, 'TRANSACTIONAL')).toBe(5)
  expect(nextTokenMs(tokens, terms, 'SOCIAL')).toBe(30)
  expect(nextTokenMs({ all: 10, marketing: 0 }, terms, 'MARKETING')).toBe(20)
  expect(nextTokenMs({ all: 10, marketing: 5 }, terms, 'MARKETING')).toBe(0)
})
