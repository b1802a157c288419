import type { FrequencyCap as FrequencyCapShape } from '../domain/frequency-cap.ts'
import { capsProblems } from '../domain/frequency-cap-input.ts'
import { InvalidInput } from '../errors.ts'
import { readFrequencyCaps, replaceFrequencyCaps } from '../store/frequency-caps.ts'
import { builder } from './builder.ts'
import { Channel, Tier } from './words.ts'

const FrequencyCap = builder.objectRef<FrequencyCapShape>('FrequencyCap').implement({
  description: 'How many a person may get on one channel within any window of that length. TRANSACTIONAL ignores caps.',
  fields: (t) => ({
    tier: t.expose('tier', { type: Tier }),
    category: t.exposeString('category', { nullable: true, description: 'null: all of the tier together.' }),
    channel: t.expose('channel', { type: Channel }),
    limit: t.exposeInt('limit'),
    perSeconds: t.exposeInt('perSeconds', { description: 'The length of the window.' }),
  }),
})

const FrequencyCapsPayload = builder
  .objectRef<{ readonly caps: readonly FrequencyCapShape[] }>('FrequencyCapsPayload')
  .implement({
    fields: (t) => ({ caps: t.field({ type: [FrequencyCap], resolve: ({ caps }) => [...caps] }) }),
  })

builder.queryField('frequencyCaps', (t) =>
  t.field({
    type: [FrequencyCap],
    authScopes: { caller: true },
    description: 'Until any are set: 5 of MARKETING in 24 hours on each channel but IN_APP.',
    resolve: async (_root, _args, { app }) => [...(await readFrequencyCaps(app.database.pool))],
  }),
)

const FrequencyCapInput = builder.inputType('FrequencyCapInput', {
  fields: (t) => ({
    tier: t.field({ type: Tier, required: true }),
    category: t.string({ description: 'null: all of the tier together.' }),
    channel: t.field({ type: Channel, required: true }),
    limit: t.int({ required: true, description: '1 to 1,000,000.' }),
    perSeconds: t.int({ required: true, description: '1 to 2,678,400: 31 days.' }),
  }),
})

builder.mutationField('setFrequencyCaps', (t) =>
  t.field({
    type: FrequencyCapsPayload,
    errors: { types: [InvalidInput], union: { name: 'FrequencyCapsResult' } },
    authScopes: { admin: true },
    description: 'Replaces them all; an empty list means none. A recipient has to be within every cap that applies.',
    args: { caps: t.arg({ type: [FrequencyCapInput], required: true, description: 'At most 100.' }) },
    resolve: async (_root, args, { app }) => {
      const caps = args.caps.map(({ category, ...cap }) => ({ ...cap, category: category ?? null }))
      const problems = capsProblems(caps)
      if (problems.length > 0) throw new InvalidInput(problems)
      await replaceFrequencyCaps(app.database.pool, caps, app.now())
      return { caps }
    },
  }),
)
