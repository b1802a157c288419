import { maxCategoryChanges, preferenceProblems } from '../domain/preference-input.ts'
import { InvalidInput, NotFound } from '../errors.ts'
import { updatePreferences } from '../store/update-preferences.ts'
import { builder } from './builder.ts'
import { consentSource } from './consent-source.ts'
import { Preferences } from './preferences.ts'
import { subjectOf, subjectScopes } from './subject.ts'
import { Channel, Weekday } from './words.ts'

const ChannelPreferenceInput = builder.inputType('ChannelPreferenceInput', {
  fields: (t) => ({
    channel: t.field({ type: Channel, required: true }),
    enabled: t.boolean({ required: true }),
  }),
})

const CategoryPreferenceInput = builder.inputType('CategoryPreferenceInput', {
  fields: (t) => ({
    category: t.string({
      required: true,
      description: '1 to 128 of `A-Z a-z 0-9 _ . : -`; also one that no template has yet.',
    }),
    channel: t.field({
      type: Channel,
      description:
        'null: every channel, those too that something else was said of before. What the same input says of one channel holds for that one.',
    }),
    enabled: t.boolean({ description: 'null: back to the default.' }),
  }),
})

const QuietHoursInput = builder.inputType('QuietHoursInput', {
  fields: (t) => ({
    start: t.string({ required: true, description: '`22:00`' }),
    end: t.string({ required: true, description: '`07:30`; before `start`: the next day; the same: no quiet hours.' }),
    days: t.field({ type: [Weekday], description: 'The days on which the window begins. Default: every day.' }),
  }),
})

const UpdatePreferencesInput = builder.inputType('UpdatePreferencesInput', {
  description: 'What is left out stays as it is.',
  fields: (t) => ({
    userId: t.id({ description: 'Callers only; a viewer changes her own.' }),
    timeZone: t.string({ description: "IANA: `Europe/Berlin`. null: her callers', else UTC." }),
    locale: t.string({ description: "BCP 47: `pt-BR`. null: her callers', else en." }),
    channelOrder: t.field({
      type: [Channel],
      description: 'The dearest first, IN_APP among them; those left out come last. null: the default order.',
    }),
    channels: t.field({ type: [ChannelPreferenceInput], description: 'Those that are to change.' }),
    categories: t.field({
      type: [CategoryPreferenceInput],
      description: `Those that are to change: at most ${maxCategoryChanges} at once.`,
    }),
    quietHours: t.field({ type: QuietHoursInput, description: 'null: none.' }),
  }),
})

builder.mutationField('updatePreferences', (t) =>
  t.field({
    type: Preferences,
    errors: { types: [InvalidInput, NotFound], union: { name: 'UpdatePreferencesResult' } },
    authScopes: subjectScopes,
    description: 'Changes what the input names; every process goes by it from the answer on.',
    args: { input: t.arg({ type: UpdatePreferencesInput, required: true }) },
    resolve: async (_root, args, { app, principal }) => {
      const userId = subjectOf(args, principal, preferenceProblems(args.input))
      const source = consentSource(principal)
      const preferences = await updatePreferences(app.database, { userId, change: args.input, source, at: app.now() })
      if (preferences === undefined) throw new NotFound('user', userId)
      return preferences
    },
  }),
)
