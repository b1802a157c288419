import type { Step } from '../domain/account.ts'
import type { Contents } from '../domain/content.ts'
import type { Recipient } from '../domain/decide.ts'
import { foresee } from '../domain/foresee.ts'
import { isStorableText } from '../domain/json-value.ts'
import type { TemplateVersion } from '../domain/template.ts'
import type { Channel as ChannelWord, Routing } from '../domain/words.ts'
import { InvalidInput, NotFound } from '../errors.ts'
import { readFrequencyCaps } from '../store/frequency-caps.ts'
import { readRecipients } from '../store/recipients.ts'
import { compileTemplate } from '../templates/compile.ts'
import { renderContent } from '../templates/render.ts'
import { RenderError } from '../templates/render-error.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { Decision } from './decision.ts'
import { SendNotificationInput } from './send-notification.ts'
import type { SendRequest } from './send-problems.ts'
import { chosenChannels, deadline, validTemplate } from './valid-request.ts'
import { Channel } from './words.ts'

interface RenderedContentShape {
  readonly channel: ChannelWord
  readonly title?: string
  readonly subject?: string
  readonly body: string
  readonly html?: string
  readonly segments?: number
}

const RenderedContent = builder.objectRef<RenderedContentShape>('RenderedContent').implement({
  description: 'What would arrive on a channel.',
  fields: (t) => ({
    channel: t.expose('channel', { type: Channel }),
    title: t.exposeString('title', { nullable: true, description: 'Of an inbox item or a push.' }),
    subject: t.exposeString('subject', { nullable: true, description: 'Of an e-mail.' }),
    body: t.exposeString('body', { description: 'Of an e-mail: its text.' }),
    html: t.exposeString('html', { nullable: true, description: 'Of an e-mail.' }),
    segments: t.exposeInt('segments', { nullable: true, description: 'How many SMS it is billed as.' }),
  }),
})

interface PreviewShape {
  readonly recipientId: string
  readonly at: Date
  readonly decisions: readonly Step[]
  readonly contents: readonly RenderedContentShape[]
  readonly problems: readonly string[]
}

const Preview = builder.objectRef<PreviewShape>('Preview').implement({
  description: 'What would happen, and why, without sending.',
  fields: (t) => ({
    recipientId: t.exposeID('recipientId'),
    at: t.expose('at', { type: 'DateTime', description: 'When it would be decided.' }),
    decisions: t.field({
      type: [Decision],
      description: 'In order of time: on each channel, and again on release where it would be held back.',
      resolve: ({ decisions }) => [...decisions],
    }),
    contents: t.field({
      type: [RenderedContent],
      description: 'On every channel of the notification, also where nothing would be sent.',
      resolve: ({ contents }) => [...contents],
    }),
    problems: t.stringList({
      description: 'Why the channels that `contents` lacks cannot be rendered for her: a delivery would fail.',
      resolve: ({ problems }) => [...problems],
    }),
  }),
})

builder.queryField('preview', (t) =>
  t.field({
    type: Preview,
    errors: { types: [InvalidInput, NotFound], union: { name: 'PreviewResult' } },
    authScopes: { caller: true },
    description: 'What one recipient would get, when and why, were this sent at `at` (default: now). Sends nothing.',
    args: {
      input: t.arg({ type: SendNotificationInput, required: true }),
      recipientId: t.arg.id({ required: true }),
      at: t.arg({ type: 'DateTime', description: 'Any instant; before `input.sendAt` nothing is decided.' }),
    },
    resolve: async (_root, { input, recipientId, at: asked }, context) => {
      const { app } = context
      const acceptedAt = asked ?? app.now()
      // Asked for a day ahead, it may have been sent now; asked for a day gone by, it was sent then.
      const sentAt = acceptedAt < app.now() ? acceptedAt : app.now()
      const template = await validTemplate(input, context, sentAt)
      const recipient = await findRecipient(recipientId, context)
      const at = input.sendAt && input.sendAt > acceptedAt ? input.sendAt : acceptedAt
      const caps = await readFrequencyCaps(app.database.pool)
      const { contents, problems } = render(input, template, recipient)
      const decisions = foresee(decidable(input, template, acceptedAt), recipient, at, app.policy, {
        caps,
        counts: new Map(),
      })
      return { recipientId, at, decisions: decisions.map((each) => ({ ...each, provider: null })), contents, problems }
    },
  }),
)

async function findRecipient(userId: string, { app }: Context): Promise<Recipient> {
  const found = isStorableText(userId) ? await readRecipients(app.database.pool, [userId]) : undefined
  const recipient = found?.get(userId)
  if (recipient === undefined) throw new NotFound('user', userId)
  return recipient
}

type Input = SendRequest & { readonly routing: Routing }

function decidable(input: Input, template: TemplateVersion, acceptedAt: Date) {
  const { tier, category } = template
  const channels = chosenChannels(input, template)
  return { tier, category, channels, routing: input.routing, expiresAt: deadline(input, template, acceptedAt) }
}

/** By the same function as when it is sent. */
function render(input: Input, template: TemplateVersion, { userId, attributes, preferences }: Recipient) {
  const compiled = compileTemplate(template)
  const { locale } = preferences
  const user = { userId, attributes }
  const request = { locale, data: input.data ?? {}, user, push: input.push ?? null }
  const contents: RenderedContentShape[] = []
  const problems: string[] = []
  for (const channel of chosenChannels(input, template)) {
    try {
      contents.push(shapeOf[channel]((each) => renderContent(compiled, each, request)))
    } catch (error) {
      if (!(error instanceof RenderError)) throw error
      problems.push(error.message)
    }
  }
  return { contents, problems }
}

type Render = <C extends ChannelWord>(channel: C) => Contents[C]

const shapeOf: Readonly<Record<ChannelWord, (render: Render) => RenderedContentShape>> = {
  IN_APP: (render) => card('IN_APP', render('IN_APP')),
  PUSH: (render) => card('PUSH', render('PUSH')),
  EMAIL: (render) => {
    const { subject, html, text } = render('EMAIL')
    return { channel: 'EMAIL', subject, body: text, html }
  },
  SMS: (render) => ({ channel: 'SMS', ...render('SMS') }),
}

function card(channel: ChannelWord, { title, body }: Contents['IN_APP']): RenderedContentShape {
  return { channel, title, body }
}
