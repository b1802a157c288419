import type { breakerStates } from '../domain/breaker.ts'
import type { ProviderHealth, TierBreaker } from '../domain/provider-health.ts'
import { builder } from './builder.ts'
import { Channel, Tier } from './words.ts'

const BreakerState = builder.enumType('BreakerState', {
  description: 'Whether a provider is called.',
  values: {
    CLOSED: { description: 'It is.' },
    HALF_OPEN: { description: 'A few calls try whether it is well again.' },
    OPEN: {
      description: 'It is not: too many calls failed. Deliveries go through the next provider of the channel, or wait.',
    },
  } satisfies Record<(typeof breakerStates)[number], object>,
})

const ProviderBreaker = builder.objectRef<TierBreaker>('ProviderBreaker').implement({
  description: 'The circuit breaker of one tier: tiers do not open those of each other.',
  fields: (t) => ({
    tier: t.expose('tier', { type: Tier }),
    state: t.expose('state', {
      type: BreakerState,
      description: 'Where several processes differ, the worst of theirs.',
    }),
    openedBecause: t.exposeString('openedBecause', {
      nullable: true,
      description: 'With the last answer that the provider gave; until the breaker closes.',
    }),
    openUntil: t.expose('openUntil', {
      type: 'DateTime',
      nullable: true,
      description:
        'Then a few calls are tried. Each time they fail it stays open for longer, up to about twenty seconds.',
    }),
  }),
})

const Provider = builder.objectRef<ProviderHealth>('Provider').implement({
  description: 'Who carries deliveries on a channel, as the processes that call it have seen it over the last minute.',
  fields: (t) => ({
    name: t.exposeString('name'),
    channel: t.expose('channel', { type: Channel }),
    breaker: t.expose('breaker', { type: BreakerState, description: 'The worst of its tiers.' }),
    breakers: t.field({ type: [ProviderBreaker], resolve: ({ breakers }) => [...breakers] }),
    budgetPerSecond: t.exposeFloat('budgetPerSecond', {
      nullable: true,
      description:
        'Calls a second that it may get now: what is configured, or less after it has throttled. null: no limit.',
    }),
    perSecond: t.exposeFloat('perSecond', { description: 'Calls a second that it got.' }),
    p99Ms: t.exposeFloat('p99Ms', {
      nullable: true,
      description: 'All but one in a hundred of its answers took less, in milliseconds. null: it gave none.',
    }),
    failureRate: t.exposeFloat('failureRate', {
      description: 'From 0 to 1. Dead addresses, refused messages and throttling are no failures of the provider.',
    }),
  }),
})

builder.queryField('providers', (t) =>
  t.field({
    type: [Provider],
    authScopes: { admin: true },
    description: 'How the providers are. What it says is a few seconds old at most.',
    resolve: (_root, _args, { app }) => [...app.providerHealth()],
  }),
)
