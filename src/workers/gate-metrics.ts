import { Counter, Gauge } from 'prom-client'
import { registry } from '../metrics.ts'

export const breakerState = new Gauge({
  name: 'carillon_breaker_state',
  help: 'Circuit breakers: 0 closed, 1 half open, 2 open.',
  labelNames: ['provider', 'tier'] as const,
  aggregator: 'max',
  registers: [registry],
})

export const breakersOpened = new Counter({
  name: 'carillon_breaker_opened_total',
  help: 'How often a circuit breaker has opened.',
  labelNames: ['provider', 'tier'] as const,
  registers: [registry],
})

export const providerLimit = new Gauge({
  name: 'carillon_provider_limit',
  help: 'Calls a second that a provider may get: its budget, or less while it throttles; absent without any limit.',
  labelNames: ['provider'] as const,
  aggregator: 'min',
  registers: [registry],
})

export const gateWaits = new Counter({
  name: 'carillon_gate_waits_total',
  help: 'Calls to a provider that were put off, by reason.',
  labelNames: ['provider', 'tier', 'reason'] as const,
  registers: [registry],
})
