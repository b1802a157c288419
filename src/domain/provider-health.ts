import { type BreakerState, breakerStates } from './breaker.ts'
import { latencyBuckets, quantile } from './latency-histogram.ts'
import { type ProviderChannel, type ProviderName, type Tier, tiers } from './words.ts'

/** What one process sees of a provider, for one tier. */
export interface ProviderView {
  readonly provider: ProviderName
  readonly tier: Tier
  readonly state: BreakerState
  readonly openedBecause: string | null
  readonly openUntil: Date | null
  /** Of the last minute, as everything below. */
  readonly calls: number
  readonly failures: number
  /** How many took how long, by the buckets of the latency histogram. */
  readonly latencies: readonly number[]
  /** What it may be called at, by all processes together; null: nothing limits it. */
  readonly limitPerSecond: number | null
}

/** What all processes together see of a provider. */
export interface ProviderHealth {
  readonly name: ProviderName
  readonly channel: ProviderChannel
  readonly breaker: BreakerState
  readonly breakers: readonly TierBreaker[]
  readonly budgetPerSecond: number | null
  readonly perSecond: number
  readonly p99Ms: number | null
  readonly failureRate: number
}

export interface TierBreaker {
  readonly tier: Tier
  readonly state: BreakerState
  readonly openedBecause: string | null
  readonly openUntil: Date | null
}

const channelOf: Readonly<Record<ProviderName, ProviderChannel>> = {
  apns: 'PUSH',
  fcm: 'PUSH',
  sendgrid: 'EMAIL',
  ses: 'EMAIL',
  smtp: 'EMAIL',
  twilio: 'SMS',
  vonage: 'SMS',
}

/** `budget`: what the configuration allows, where no process has said anything else; null: anything. */
export function healthOf(name: ProviderName, budget: number | null, views: readonly ProviderView[]): ProviderHealth {
  const own = views.filter(({ provider }) => provider === name)
  const breakers = tiers.map((tier) => worstOf(tier, own))
  const calls = sum(own.map((view) => view.calls))
  const limits = [budget, ...own.map(({ limitPerSecond }) => limitPerSecond)].filter((limit) => limit !== null)
  return {
    name,
    channel: channelOf[name],
    breaker: worst(breakers)?.state ?? 'CLOSED',
    breakers,
    budgetPerSecond: limits.length === 0 ? null : Math.min(...limits),
    perSecond: calls / 60,
    p99Ms: quantile(latenciesOf(own), 0.99),
    failureRate: calls === 0 ? 0 : sum(own.map((view) => view.failures)) / calls,
  }
}

function worstOf(tier: Tier, views: readonly ProviderView[]): TierBreaker {
  const found = worst(views.filter((view) => view.tier === tier))
  if (found === undefined) return { tier, state: 'CLOSED', openedBecause: null, openUntil: null }
  const { state, openedBecause, openUntil } = found
  return { tier, state, openedBecause, openUntil }
}

/** Of those open, the one that stays so the longest. */
function worst<T extends Pick<TierBreaker, 'state' | 'openUntil'>>(breakers: readonly T[]): T | undefined {
  return breakers.toSorted(
    (a, b) =>
      breakerStates.indexOf(b.state) - breakerStates.indexOf(a.state) ||
      (b.openUntil?.getTime() ?? 0) - (a.openUntil?.getTime() ?? 0),
  )[0]
}

function latenciesOf(views: readonly ProviderView[]): readonly number[] {
  return Array.from({ length: latencyBuckets }, (_, bucket) =>
    sum(views.map(({ latencies }) => latencies[bucket] ?? 0)),
  )
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
