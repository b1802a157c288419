import { isStorableText } from '../domain/json-value.ts'
import { templateLimitProblems } from '../domain/template-limits.ts'
import { InvalidInput } from '../errors.ts'
import { findTemplate, listTemplates, type Template as TemplateShape, upsertTemplate } from '../store/templates.ts'
import { templateProblems } from '../templates/check.ts'
import { builder } from './builder.ts'
import { badArgument, connection, connectionOf, decodeCursor, encodeCursor, pageArgs, pageSize } from './connection.ts'
import { templateNodeId } from './node-ids.ts'
import { toContent, UpsertTemplateInput } from './template-input.ts'
import { Channel, Tier } from './words.ts'

const Template = builder.objectRef<TemplateShape>('Template')

builder.node(Template, {
  id: { resolve: (template) => templateNodeId(template.name) },
  authScopes: { caller: true },
  description: 'The texts of a notification, in every language and for every channel.',
  loadOne: (id, { app }) => findTemplate(app.database, id.slice(4)),
  fields: (t) => ({
    name: t.exposeString('name'),
    tier: t.expose('tier', { type: Tier }),
    category: t.exposeString('category', { description: 'What a user can mute.' }),
    sensitive: t.exposeBoolean('sensitive', {
      description: 'Data is encrypted, never returned, and deleted when the notification is done.',
    }),
    readCancelsOthers: t.exposeBoolean('readCancelsOthers', {
      description:
        'Reading it in the inbox cancels what is still pending on other channels: `CANCELLED`, `read_in_inbox`.',
    }),
    inboxFallback: t.exposeBoolean('inboxFallback', {
      description: 'It goes to the inbox when no provider is left.',
    }),
    channels: t.field({
      type: [Channel],
      description: 'Those that any of its languages has.',
      resolve: (template) => [...template.channels],
    }),
    locales: t.stringList({ resolve: (template) => template.contents.map((content) => content.locale) }),
    dataSchema: t.field({
      type: 'JSON',
      nullable: true,
      description: 'JSON Schema of `data`.',
      resolve: (template) => template.dataSchema,
    }),
    contents: t.field({ type: 'JSON', description: 'As it was given.', resolve: (template) => template.contents }),
    version: t.exposeInt('version', { description: 'One more with each change.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
  }),
})

builder.queryField('template', (t) =>
  t.field({
    type: Template,
    nullable: true,
    authScopes: { caller: true },
    args: { name: t.arg.string({ required: true }) },
    resolve: (_root, { name }, { app }) => findTemplate(app.database, name),
  }),
)

builder.queryField('templates', (t) =>
  t.field({
    type: connectionOf('Template', Template),
    authScopes: { caller: true },
    description: 'By name.',
    args: pageArgs(t.arg),
    resolve: async (_root, args, { app }) => {
      const size = pageSize(args)
      const [after] = decodeCursor(args.after, 1) ?? []
      if (after !== undefined && !isStorableText(after)) throw badArgument('after', 'is not a cursor of this list')
      const rows = await listTemplates(app.database, after, size + 1)
      const page = { rows: rows.slice(0, size), hasNextPage: rows.length > size }
      return connection(page, (template) => encodeCursor([template.name]), args.after)
    },
  }),
)

builder.mutationField('upsertTemplate', (t) =>
  t.field({
    type: Template,
    errors: { types: [InvalidInput], union: { name: 'UpsertTemplateResult' } },
    authScopes: { admin: true },
    description: 'Makes the next version of a template. Notifications that were accepted keep theirs.',
    args: { input: t.arg({ type: UpsertTemplateInput, required: true }) },
    resolve: async (_root, { input }, { app }) => {
      const template = { ...input, dataSchema: input.dataSchema ?? null, contents: input.contents.map(toContent) }
      const problems = [...templateLimitProblems(template), ...templateProblems(template)]
      if (problems.length > 0) throw new InvalidInput(problems)
      return upsertTemplate(app.database, template, app.now())
    },
  }),
)
