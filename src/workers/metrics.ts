import { Counter, Gauge, Histogram } from 'prom-client'
import type { FanOutLoad } from '../domain/fan-out-threshold.ts'
import type { Queue } from '../domain/queue.ts'
import type { Tier } from '../domain/words.ts'
import { registry } from '../metrics.ts'
import type { LoggedAttempt } from '../store/delivery-log.ts'
import type { SliceWork } from '../store/slices.ts'

const attempts = new Counter({
  name: 'carillon_attempts_total',
  help: 'Calls to providers, by what came of them.',
  labelNames: ['tier', 'provider', 'outcome'] as const,
  registers: [registry],
})

const callSeconds = new Histogram({
  name: 'carillon_provider_call_seconds',
  help: 'How long a provider took to answer.',
  labelNames: ['tier', 'provider'] as const,
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  registers: [registry],
})

const deliverySeconds = new Histogram({
  name: 'carillon_delivery_seconds',
  help: 'From acceptance (or sendAt) until the first attempt: the time that we took.',
  labelNames: ['tier', 'channel'] as const,
  buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
  registers: [registry],
})

export const feedbackEvents = new Counter({
  name: 'carillon_feedback_total',
  help: 'What providers have reported.',
  labelNames: ['provider', 'event'] as const,
  registers: [registry],
})

export const messagesInFlight = new Gauge({
  name: 'carillon_messages_in_flight',
  help: 'Messages that a lane is working on.',
  labelNames: ['tier', 'lane'] as const,
  registers: [registry],
})

export const dutiesHeld = new Gauge({
  name: 'carillon_duty_held',
  help: '1 where this process has a duty that one process at a time does for all of them.',
  labelNames: ['duty'] as const,
  registers: [registry],
})

export const dutiesFailed = new Counter({
  name: 'carillon_duty_failures_total',
  help: 'How often such a duty was not done, or not to its end.',
  labelNames: ['duty'] as const,
  registers: [registry],
})

/** Several relays of a tier measure the same queues: their figures are one figure, not a sum. */
function laneGauge(name: string, help: string) {
  const labelNames = ['tier', 'lane'] as const
  return new Gauge({ name: `carillon_lane_${name}`, help, labelNames, aggregator: 'max', registers: [registry] })
}

const waiting = laneGauge('waiting', 'Messages that wait for a worker, and rows that are due and not handed out.')
const inFlight = laneGauge('in_flight', 'Messages that are with workers.')
const oldestSeconds = laneGauge('oldest_seconds', 'For how long the oldest has been waiting or with a worker.')
const rate = laneGauge('rate', 'Messages finished in a second, over the last minute.')
const drainSeconds = laneGauge(
  'drain_seconds',
  'How long what waits takes at this rate; a day where it does not drain.',
)

export const pagesPutOff = new Counter({
  name: 'carillon_pages_put_off_total',
  help: 'Pages of bulk work that were not made yet, since their lanes had enough to do.',
  labelNames: ['tier'] as const,
  registers: [registry],
})

export const sheddingLevel = new Gauge({
  name: 'carillon_shedding_level',
  help: 'What is given up for deliveries of a tier that are late: 0 nothing, 1 marketing is paused, 2 social is slowed too.',
  labelNames: ['tier'] as const,
  aggregator: 'max',
  registers: [registry],
})

export const oldestWaitingSeconds = new Gauge({
  name: 'carillon_oldest_waiting_seconds',
  help: 'For how long the oldest delivery of a tier has been waiting for a worker.',
  labelNames: ['tier'] as const,
  aggregator: 'max',
  registers: [registry],
})

export const tierShare = new Gauge({
  name: 'carillon_tier_share',
  help: 'How much of its concurrency the lanes of a tier use: 1 all, 0 they take nothing.',
  labelNames: ['tier'] as const,
  aggregator: 'min',
  registers: [registry],
})

const fanOutThreshold = new Gauge({
  name: 'carillon_fan_out_threshold',
  help: 'Followers above which an actor broadcasts.',
  labelNames: ['tier'] as const,
  aggregator: 'max',
  registers: [registry],
})

const fanOutRate = new Gauge({
  name: 'carillon_fan_out_recipients_per_second',
  help: 'Recipients that all fan-out workers of a tier write to in a second while they have something to do.',
  labelNames: ['tier'] as const,
  aggregator: 'max',
  registers: [registry],
})

const fanOutBacklog = new Gauge({
  name: 'carillon_fan_out_backlog_recipients',
  help: 'Recipients who are yet to be written to, of notifications that are due.',
  labelNames: ['tier'] as const,
  aggregator: 'max',
  registers: [registry],
})

export function observeThreshold(tier: Tier, threshold: number, load: FanOutLoad): void {
  fanOutThreshold.set({ tier }, threshold)
  fanOutRate.set({ tier }, load.recipientsPerSecond)
  fanOutBacklog.set({ tier }, load.backlog)
}

const aDaySeconds = 86_400

export function observeQueue(queue: Queue, perSecond: number): void {
  const { name, tier, channel, oldestMs, drainMs } = queue
  const labels = { tier, lane: channel ?? (name === 'feedback' ? 'feedback' : 'fan-out') }
  waiting.set(labels, queue.waiting)
  inFlight.set(labels, queue.inFlight)
  oldestSeconds.set(labels, oldestMs / 1000)
  rate.set(labels, perSecond)
  drainSeconds.set(labels, drainMs === null ? aDaySeconds : Math.min(aDaySeconds, drainMs / 1000))
}

export function observeAttempts({ slice, notification }: SliceWork, made: readonly LoggedAttempt[]): void {
  const { tier, channel } = slice
  const start = (notification.sendAt ?? notification.createdAt).getTime()
  for (const { provider, outcome, latencyMs, at, attempt } of made) {
    attempts.inc({ tier, provider, outcome })
    callSeconds.observe({ tier, provider }, latencyMs / 1000)
    if (attempt === 1) deliverySeconds.observe({ tier, channel }, Math.max(0, at.getTime() - start) / 1000)
  }
}
