import { firstThreshold } from '../domain/fan-out-threshold.ts'
import { type Queue as QueueShape, queueOf } from '../domain/queue.ts'
import { type SheddingLevel, shareOf } from '../domain/shedding.ts'
import { tiers } from '../domain/words.ts'
import { readDueWork } from '../store/due-work.ts'
import { readThresholds } from '../store/fan-out-thresholds.ts'
import type { SheddingToldBody } from '../streams/messages.ts'
import { builder } from './builder.ts'
import { Channel, Tier } from './words.ts'

type Flow = 'OPEN' | 'SLOWED' | 'PAUSED'

const FlowEnum = builder.enumType('Flow', {
  description: 'Whether a queue is worked on, or held back for deliveries that matter more and are late.',
  values: {
    OPEN: { description: 'As fast as it goes.' },
    SLOWED: { description: 'With half of the workers.' },
    PAUSED: { description: 'Not at all: what is in it waits.' },
  } satisfies Record<Flow, object>,
})

function flowOf(share: ReturnType<typeof shareOf>): Flow {
  if (share === 1) return 'OPEN'
  return share === 0 ? 'PAUSED' : 'SLOWED'
}

const Queue = builder.objectRef<QueueShape>('Queue').implement({
  description:
    'Where work waits for its workers: for each tier the fan-out and each channel, and what providers have reported. A piece of work is a page of up to 500 recipients, a slice of up to 100 deliveries, or a report.',
  fields: (t) => ({
    name: t.exposeString('name', {
      description: '`notifications.transactional`, `deliveries.social.push` …, `feedback`.',
    }),
    tier: t.expose('tier', { type: Tier, description: '`feedback` serves them all, and stands with `TRANSACTIONAL`.' }),
    channel: t.expose('channel', { type: Channel, nullable: true, description: 'Null for a fan-out and `feedback`.' }),
    waiting: t.exposeInt('waiting', {
      description: 'What waits for a worker now. What is scheduled, held back or put off until later is not in here.',
    }),
    inFlight: t.exposeInt('inFlight', { description: 'What is with workers.' }),
    oldestMs: t.exposeFloat('oldestMs', {
      description: 'For how long the oldest of them has been waiting, or with a worker.',
    }),
    drainMs: t.exposeFloat('drainMs', {
      nullable: true,
      description:
        'How long what waits takes at the rate of the last minute; null where nothing has been finished in it.',
    }),
    flow: t.field({
      type: FlowEnum,
      resolve: ({ tier }, _args, { app: { shedding } }) => flowOf(shareOf(tier, shedding.level())),
    }),
    fanOutThreshold: t.exposeInt('fanOutThreshold', {
      nullable: true,
      description:
        'Of the fan-out of a tier: followers above which what an actor sends is stored once, and comes to those who show up. As fast as the fan-out has been seen to be, unless it is fixed. Null for all else.',
    }),
  }),
})

const SheddingLevelEnum = builder.enumType('SheddingLevel', {
  values: {
    NONE: { description: 'Nothing is given up.' },
    MARKETING_PAUSED: { description: 'MARKETING is not sent, and answered `Overloaded`.' },
    SOCIAL_SLOWED: { description: 'And SOCIAL is sent with half of the workers.' },
  } satisfies Record<SheddingLevel, object>,
})

const Shedding = builder.objectRef<SheddingToldBody>('Shedding').implement({
  description: 'What is given up while deliveries that matter more are late.',
  fields: (t) => ({
    tier: t.expose('tier', { type: Tier, description: 'Whose deliveries are late, or nearest to it.' }),
    level: t.expose('level', { type: SheddingLevelEnum }),
    since: t.expose('since', { type: 'DateTime' }),
    oldestMs: t.exposeFloat('oldestMs', {
      description: 'For how long the oldest delivery of the tier has been waiting for a worker.',
    }),
    objectiveMs: t.exposeFloat('objectiveMs', {
      description: 'Longer, and it is late: `TRANSACTIONAL_OBJECTIVE_MS`, `SOCIAL_OBJECTIVE_MS`.',
    }),
  }),
})

builder.queryField('shedding', (t) =>
  t.field({
    type: Shedding,
    nullable: true,
    authScopes: { admin: true },
    description: 'Null: nobody has measured of late, and nothing is given up.',
    resolve: (_root, _args, { app: { shedding } }) => shedding.told(),
  }),
)

builder.queryField('queues', (t) =>
  t.field({
    type: [Queue],
    authScopes: { admin: true },
    description: 'What waits where, and for how long. `/metrics` tells the same.',
    resolve: async (_root, _args, { app: { database, queues, now, fanOutThreshold } }) => {
      const [readings, due, thresholds] = await Promise.all([
        queues.read(),
        readDueWork(database.pool, tiers),
        readThresholds(database.pool),
      ])
      return readings.map((reading) => {
        const { name, tier, channel, isOnlyCopy } = reading
        const broadcasts = channel === null && !isOnlyCopy && tier !== 'TRANSACTIONAL'
        const threshold = fanOutThreshold ?? thresholds.get(tier) ?? firstThreshold
        const queue = queueOf(reading, due, queues.perSecond(name), now())
        return broadcasts ? { ...queue, fanOutThreshold: threshold } : queue
      })
    },
  }),
)
