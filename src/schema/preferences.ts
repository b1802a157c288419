import type { CategoryOverride, QuietHours as QuietHoursShape } from '../domain/preferences.ts'
import { type Channel as ChannelWord, channels } from '../domain/words.ts'
import { knownCategories } from '../store/categories.ts'
import { preferencesOf, type UserPreferences } from '../store/preferences.ts'
import { findUser } from '../store/users.ts'
import { builder } from './builder.ts'
import { preferencesNodeId, userIdOfNode } from './node-ids.ts'
import { maySee } from './subject.ts'
import { Channel, Weekday } from './words.ts'

const ChannelPreference = builder
  .objectRef<{ readonly channel: ChannelWord; readonly enabled: boolean }>('ChannelPreference')
  .implement({
    fields: (t) => ({
      channel: t.expose('channel', { type: Channel }),
      enabled: t.exposeBoolean('enabled'),
    }),
  })

interface CategoryPreferenceShape {
  readonly category: string
  readonly channel: ChannelWord | null
  readonly enabled: boolean
  readonly isKnown: boolean
}

const CategoryPreference = builder.objectRef<CategoryPreferenceShape>('CategoryPreference').implement({
  fields: (t) => ({
    category: t.exposeString('category'),
    channel: t.expose('channel', { type: Channel, nullable: true, description: 'null: every channel.' }),
    enabled: t.exposeBoolean('enabled'),
    isKnown: t.exposeBoolean('isKnown', {
      description: 'Whether a template has this category. One that none has yet is kept for the day that one does.',
    }),
  }),
})

const QuietHours = builder.objectRef<QuietHoursShape>('QuietHours').implement({
  description: 'A daily window by the clock of her time zone.',
  fields: (t) => ({
    start: t.exposeString('start', { description: '`22:00`' }),
    end: t.exposeString('end', { description: '`07:30`; before `start`: the next day.' }),
    days: t.field({
      type: [Weekday],
      description: 'The days on which the window begins.',
      resolve: (quietHours) => [...quietHours.days],
    }),
  }),
})

export const Preferences = builder.objectRef<UserPreferences>('Preferences')

builder.node(Preferences, {
  id: { resolve: (preferences) => preferencesNodeId(preferences.userId) },
  authScopes: { callerOrViewer: true },
  description: 'How a user wants to be reached: what she set, and the defaults for the rest.',
  loadOne: async (id, { app, principal }) => {
    const userId = userIdOfNode(id) ?? ''
    if (!maySee(principal, userId)) return null
    // A viewer has preferences before anybody has told us of her.
    const exists = principal.kind === 'viewer' || (await findUser(app.database, userId)) !== undefined
    return exists ? preferencesOf(app.database, userId) : null
  },
  fields: (t) => ({
    userId: t.exposeID('userId'),
    timeZone: t.exposeString('timeZone', { description: "IANA. Hers, else her callers', else UTC." }),
    locale: t.exposeString('locale', { description: "BCP 47. Hers, else her callers', else en." }),
    channelOrder: t.field({
      type: [Channel],
      description: 'Every channel, the dearest first.',
      resolve: ({ channelOrder }) => [...channelOrder],
    }),
    channels: t.field({
      type: [ChannelPreference],
      resolve: (preferences) => channels.map((channel) => ({ channel, enabled: preferences.channels[channel] })),
    }),
    categories: t.field({
      type: [CategoryPreference],
      description: 'Only what differs from the default.',
      resolve: async ({ categoryOverrides }, _args, { app }) => {
        const known = await knownCategories(app.database, Object.keys(categoryOverrides))
        return Object.entries(categoryOverrides).flatMap(([category, override]) =>
          categoryPreferences(category, override, known.has(category)),
        )
      },
    }),
    quietHours: t.field({
      type: QuietHours,
      nullable: true,
      description: 'They hold pushes and SMS; never the inbox, never TRANSACTIONAL.',
      resolve: ({ quietHours }) => quietHours,
    }),
    hardStop: t.exposeBoolean('hardStop', { description: 'Nothing may be sent to her, on any channel.' }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: '1970 where nobody has ever said anything of her.',
    }),
  }),
})

function categoryPreferences(category: string, override: CategoryOverride, isKnown: boolean) {
  return (['*', ...channels] as const).flatMap((key): CategoryPreferenceShape[] => {
    const enabled = override[key]
    return enabled === undefined ? [] : [{ category, channel: key === '*' ? null : key, enabled, isKnown }]
  })
}
