import { type Queue as QueueShape, queueOf } from '../domain/queue.ts'
import { tiers } from '../domain/words.ts'
import { readDueWork } from '../store/due-work.ts'
import { builder } from './builder.ts'
import { Channel, Tier } from './words.ts'

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
  }),
})

builder.queryField('queues', (t) =>
  t.field({
    type: [Queue],
    authScopes: { admin: true },
    description: 'What waits where, and for how long. `/metrics` tells the same.',
    resolve: async (_root, _args, { app: { database, queues, now } }) => {
      const [readings, due] = await Promise.all([queues.read(), readDueWork(database.pool, tiers)])
      return readings.map((reading) => queueOf(reading, due, queues.perSecond(reading.name), now()))
    },
  }),
)
