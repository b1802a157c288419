import { deadLetterId, isNotificationId, parseDeadLetterId } from '../domain/ids.ts'
import { isStorableText } from '../domain/json-value.ts'
import type { DeadLetterFilter } from '../store/dead-letter-filter.ts'
import {
  countDeadLetters,
  type DeadLetterPosition,
  findDeadLetter,
  listDeadLetters,
} from '../store/dead-letter-list.ts'
import type { KeptDeadLetter } from '../store/dead-letters.ts'
import { builder } from './builder.ts'
import { badArgument, connection, decodeCursor, encodeCursor, pageArgs, pageSize } from './connection.ts'
import { Channel } from './words.ts'

const DeadLetter = builder.objectRef<KeptDeadLetter>('DeadLetter')

builder.node(DeadLetter, {
  id: { resolve: (letter) => deadLetterId(letter) },
  authScopes: { admin: true },
  description:
    'A delivery given up on: it is kept, with its reason, until it is redriven. Also a notification whose recipients could not be looked up.',
  loadOne: (id, { app }) => {
    const key = parseDeadLetterId(id)
    return key && findDeadLetter(app.database.pool, key)
  },
  fields: (t) => ({
    notificationId: t.exposeID('notificationId'),
    recipientId: t.exposeID('recipientId', {
      nullable: true,
      description: 'Null where it cannot be told: then it cannot be redriven, unless it is a notification as a whole.',
    }),
    channel: t.expose('channel', {
      type: Channel,
      nullable: true,
      description: 'Null for a notification as a whole: its recipients could not be looked up.',
    }),
    provider: t.exposeString('provider', {
      nullable: true,
      description: 'The last one tried: `apns`, `sendgrid` …; null where none was.',
    }),
    reason: t.exposeString('reason', {
      description:
        '`stale_target`: the address is dead; `rejected`: the provider will never take it; `provider_config`: our account or credentials are wrong; `no_provider`; `render_error`: the template lacks something for this recipient; `internal_error`: it failed again and again by a fault of ours …',
    }),
    at: t.expose('at', { type: 'DateTime', description: 'When it was given up on.' }),
    attempts: t.exposeInt('attempts', {
      description: 'Which attempt was the last one; their outcomes are those of the delivery.',
    }),
  }),
})

/** What a connection counts, when somebody asks. */
interface Counted {
  readonly filter: DeadLetterFilter
}

const DeadLetterConnection = builder.connectionObject<typeof DeadLetter, Counted>(
  {
    type: DeadLetter,
    name: 'DeadLetterConnection',
    fields: (t) => ({
      totalCount: t.int({
        description: 'How many match, on all pages together: exact up to a million, and never more than that.',
        resolve: ({ filter }, _args, { app }) => countDeadLetters(app.database.pool, filter),
      }),
    }),
  },
  { name: 'DeadLetterEdge' },
)

builder.queryField('deadLetters', (t) =>
  t.field({
    type: DeadLetterConnection,
    authScopes: { admin: true },
    description: 'What has been given up on, newest first; with filters, those for which all of them are true.',
    args: {
      provider: t.arg.string({ description: 'The last one tried.' }),
      reason: t.arg.string(),
      notificationId: t.arg.id(),
      ...pageArgs(t.arg),
    },
    resolve: async (_root, args, { app: { database } }) => {
      const limit = pageSize(args)
      const filter = deadLetterFilter(args, [])
      const rows = await listDeadLetters(database.pool, filter, positionOf(args.after), limit + 1)
      const page = { rows: rows.slice(0, limit), hasNextPage: rows.length > limit }
      return { ...connection(page, cursorOf, args.after), filter }
    },
  }),
)

interface FilterArgs {
  readonly provider?: string | null | undefined
  readonly reason?: string | null | undefined
  readonly notificationId?: string | null | undefined
}

/**
 * What is asked for. `path`: where these arguments are, from the operation's own down.
 * @throws GraphQLError BAD_USER_INPUT for what can be no notification's id, and no text
 */
export function deadLetterFilter(args: FilterArgs, path: readonly string[]): DeadLetterFilter {
  const { provider, reason, notificationId } = args
  for (const [name, text] of Object.entries({ provider, reason })) {
    if (text && !isStorableText(text)) throw badArgument([...path, name].join('.'), 'holds characters that no text has')
  }
  if (notificationId && !isNotificationId(notificationId)) {
    throw badArgument(
      [...path, 'notificationId'].join('.'),
      `must be the id of a notification, not "${notificationId}"`,
    )
  }
  return { provider: provider ?? undefined, reason: reason ?? undefined, notificationId: notificationId ?? undefined }
}

function cursorOf(letter: KeptDeadLetter): string {
  return encodeCursor([letter.at.toISOString(), deadLetterId(letter)])
}

function positionOf(cursor: string | null | undefined): DeadLetterPosition | undefined {
  const words = decodeCursor(cursor, 2)
  if (words === undefined) return undefined
  const [at = '', id = ''] = words
  const key = parseDeadLetterId(id)
  if (key === undefined || Number.isNaN(Date.parse(at))) {
    throw badArgument('after', 'is not a cursor of this list: leave it out to start afresh')
  }
  return { ...key, at: new Date(at) }
}
