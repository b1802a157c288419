import { parseDeadLetterId } from '../domain/ids.ts'
import { isStorableText } from '../domain/json-value.ts'
import { findRedrivable, redrive } from '../store/redrive.ts'
import { notificationChanged } from '../streams/messages.ts'
import { builder } from './builder.ts'
import { badArgument } from './connection.ts'
import { deadLetterFilter } from './dead-letter.ts'

/** One call ends within seconds. */
const mostAtOnce = 10_000

const RedriveDeadLettersInput = builder.inputType('RedriveDeadLettersInput', {
  description: 'Which ones: those for which all that is given is true. With nothing given, all of them.',
  fields: (t) => ({
    ids: t.idList({ description: `\`DeadLetter.id\`; at most ${mostAtOnce}. An empty list: none.` }),
    notificationId: t.id(),
    provider: t.string({ description: 'The last one tried.' }),
    reason: t.string(),
    limit: t.int({
      required: true,
      defaultValue: 1000,
      description: `At most so many, the newest: 1 to ${mostAtOnce}. Ask again for more, until the count is below it.`,
    }),
    dryRun: t.boolean({ required: true, defaultValue: false, description: 'Only count.' }),
  }),
})

const RedriveDeadLettersPayload = builder.objectRef<{ readonly count: number }>('RedriveDeadLettersPayload').implement({
  fields: (t) => ({
    count: t.exposeInt('count', { description: 'How many are tried again, or would be.' }),
  }),
})

builder.mutationField('redriveDeadLetters', (t) =>
  t.field({
    type: RedriveDeadLettersPayload,
    authScopes: { admin: true },
    description:
      'Tries dead letters again, once what was wrong has been mended. They are pending deliveries from then on, and go out at a pace that spares the provider: to the devices and addresses that a recipient has now, as her preferences now allow. Not tried again, and not counted: what is no dead letter (any more), what belongs to a notification that is cancelled, past its deadline, or sensitive and done (its data is gone), what a provider had taken and could not deliver, and inbox items.',
    args: { input: t.arg({ type: RedriveDeadLettersInput, required: true }) },
    resolve: async (_root, { input }, { app }) => {
      const { limit, dryRun } = input
      if (limit < 1 || limit > mostAtOnce) {
        throw badArgument('input.limit', `must be 1 to ${mostAtOnce}, not ${limit}`)
      }
      const filter = { ...deadLetterFilter(input, ['input']), keys: input.ids ? keysOf(input.ids) : undefined }
      const keys = await findRedrivable(app.database.pool, filter, limit)
      if (dryRun) return { count: keys.length }
      const { count, notificationIds } = await redrive(app.database, keys, app.policy.redrivePerSecond)
      for (const id of notificationIds) app.streams.signal(notificationChanged, id, { notificationId: id })
      return { count }
    },
  }),
)

function keysOf(ids: readonly string[]) {
  if (ids.length > mostAtOnce) throw badArgument('input.ids', `must be at most ${mostAtOnce}, not ${ids.length}`)
  return ids.map((id, index) => {
    const key = isStorableText(id) ? parseDeadLetterId(id) : undefined
    if (key === undefined) throw badArgument(`input.ids.${index}`, `must be the id of a dead letter, not "${id}"`)
    return key
  })
}
