import type { Tier } from './words.ts'

/** The tokens of a provider's account, one for each call: all of them, and how many of them MARKETING may take. */
export interface Tokens {
  readonly all: number
  readonly marketing: number
}

/** How a bucket fills: per second, and how much it holds. */
export interface BucketTerms {
  readonly perSecond: number
  readonly capacity: number
  readonly marketingPerSecond: number
  readonly marketingCapacity: number
  /** Only TRANSACTIONAL takes the last ones, so it is served first. */
  readonly reserve: number
  /** At most so many are taken at once. */
  readonly lease: number
}

const holdsSeconds = 0.1
const leaseSeconds = 0.05

/** MARKETING has its share of the rate, and cannot borrow what others leave. */
export function bucketTerms(perSecond: number, marketingShare: number): BucketTerms {
  const capacity = Math.max(2, perSecond * holdsSeconds)
  return {
    perSecond,
    capacity,
    marketingPerSecond: perSecond * marketingShare,
    marketingCapacity: Math.max(1, capacity * marketingShare),
    reserve: Math.max(1, capacity / 4),
    lease: Math.max(1, Math.floor(perSecond * leaseSeconds)),
  }
}

export function filled(tokens: Tokens, terms: BucketTerms, elapsedMs: number): Tokens {
  const seconds = Math.max(0, elapsedMs) / 1000
  return {
    all: Math.min(terms.capacity, tokens.all + seconds * terms.perSecond),
    marketing: Math.min(terms.marketingCapacity, tokens.marketing + seconds * terms.marketingPerSecond),
  }
}

/** Whole tokens that a tier can take now. */
export function available({ all, marketing }: Tokens, { reserve }: BucketTerms, tier: Tier): number {
  const left = Math.floor(tier === 'TRANSACTIONAL' ? all : all - reserve)
  return Math.max(0, tier === 'MARKETING' ? Math.min(left, Math.floor(marketing)) : left)
}

/** Until a tier can take one. */
export function nextTokenMs({ all, marketing }: Tokens, terms: BucketTerms, tier: Tier): number {
  const missing = 1 - (tier === 'TRANSACTIONAL' ? all : all - terms.reserve)
  const inMs = (missing / terms.perSecond) * 1000
  const marketingMs = ((1 - marketing) / terms.marketingPerSecond) * 1000
  return Math.max(0, Math.ceil(tier === 'MARKETING' ? Math.max(inMs, marketingMs) : inMs))
}

export function taken({ all, marketing }: Tokens, tier: Tier, count: number): Tokens {
  return { all: all - count, marketing: tier === 'MARKETING' ? marketing - count : marketing }
}
