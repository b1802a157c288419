import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** The one registry. Labels take few values that are known beforehand: never an id, never a text that a caller chose. */
export const registry = new Registry()

const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export const httpResponses = new Counter({
  name: 'carillon_http_responses_total',
  help: 'Answers over HTTP, by route and class of status.',
  labelNames: ['route', 'status'] as const,
  registers: [registry],
})

export const graphqlOperations = new Histogram({
  name: 'carillon_graphql_operation_seconds',
  help: 'GraphQL operations from the parsed request to the result (of a subscription: to its first event), by kind and outcome.',
  labelNames: ['kind', 'outcome'] as const,
  buckets: secondsBuckets,
  registers: [registry],
})

export const rateLimited = new Counter({
  name: 'carillon_rate_limited_total',
  help: 'Operations that found too few tokens.',
  labelNames: ['principal'] as const,
  registers: [registry],
})

export const overloaded = new Counter({
  name: 'carillon_overloaded_total',
  help: 'Bulk work that was answered `Overloaded`, by why: its tier is `shed`, or the line before acceptance was `full`.',
  labelNames: ['tier', 'why'] as const,
  registers: [registry],
})

export const webhooks = new Counter({
  name: 'carillon_webhooks_total',
  help: 'Webhooks of providers, by what became of them.',
  labelNames: ['provider', 'fate'] as const,
  registers: [registry],
})

export const unsubscriptions = new Counter({
  name: 'carillon_unsubscriptions_total',
  help: 'Unsubscriptions by the link of an e-mail.',
  registers: [registry],
})

export const openSockets = new Gauge({
  name: 'carillon_websockets',
  help: 'Open WebSockets.',
  registers: [registry],
})

export const openSubscriptions = new Gauge({
  name: 'carillon_subscriptions',
  help: 'Running subscriptions, over WebSocket and SSE.',
  registers: [registry],
})

export const messagesEnded = new Counter({
  name: 'carillon_messages_ended_total',
  help: 'Messages ended without their work being done, by why: `undecodable`, or `failed` by a fault of ours (then it falls due again).',
  labelNames: ['stream', 'consumer', 'why'] as const,
  registers: [registry],
})

export const timeZoneData = new Gauge({
  name: 'carillon_time_zone_data',
  help: '1, by the version of the rules of time zones in use.',
  labelNames: ['version'] as const,
  aggregator: 'first',
  registers: [registry],
})

export const emailTakesPart = new Gauge({
  name: 'carillon_email_provider_takes_part',
  help: '1 for an e-mail provider that may be asked to send, 0 for one that is left out (EMAIL_FAILOVER).',
  labelNames: ['provider'] as const,
  aggregator: 'min',
  registers: [registry],
})

/** Metrics of the process itself: memory, event loop, garbage collection. Once for each process. */
export function measureProcess(): void {
  collectDefaultMetrics({ register: registry, prefix: 'carillon_' })
}
