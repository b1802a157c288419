import type { Decidable, Decision as Decided, Recipient } from '../domain/decide.ts'
import { foresee } from '../domain/foresee.ts'
import { isStorableText } from '../domain/json-value.ts'
import type { TemplateVersion } from '../domain/template.ts'
import type { Routing } from '../domain/words.ts'
import { InvalidInput, NotFound } from '../errors.ts'
import { readFrequencyCaps } from '../store/frequency-caps.ts'
import { readRecipients } from '../store/recipients.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { Decision } from './decision.ts'
import { RenderedContent, type RenderedContentShape, renderEach } from './rendered-content.ts'
import { SendNotificationInput } from './send-notification.ts'
import type { SendRequest } from './send-problems.ts'
import { chosenChannels, deadline, validRequest } from './valid-request.ts'

export interface PreviewShape {
  readonly recipientId: string
  readonly at: Date
  readonly decisions: readonly Decided[]
  readonly contents: readonly RenderedContentShape[]
  readonly problems: readonly string[]
}

export const Preview = builder.objectRef<PreviewShape>('Preview').implement({
  description: 'What would happen, and why, without sending.',
  fields: (t) => ({
    recipientId: t.exposeID('recipientId'),
    at: t.expose('at', { type: 'DateTime', description: 'When it would be decided.' }),
    decisions: t.field({
      type: [Decision],
      description: 'In order of time: on each channel, and again on release where it would be held back.',
      resolve: ({ decisions }) => decisions.map((each) => ({ ...each, provider: null })),
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
      const sentAt = new Date(Math.min(acceptedAt.getTime(), app.now().getTime()))
      const { template } = await validRequest(input, context, sentAt)
      const recipient = await findRecipient(recipientId, context)
      const at = new Date(Math.max(acceptedAt.getTime(), input.sendAt?.getTime() ?? 0))
      return previewFor({ input, template, recipient, acceptedAt, at }, context)
    },
  }),
)

export interface Previewed {
  readonly input: SendRequest & { readonly routing: Routing }
  readonly template: TemplateVersion
  readonly recipient: Recipient
  readonly acceptedAt: Date
  readonly at: Date
}

export async function previewFor(
  { input, template, recipient, acceptedAt, at }: Previewed,
  { app }: Context,
): Promise<PreviewShape> {
  const notification = decidable(input, template, acceptedAt)
  const { data, push } = input
  const frequency = { caps: await readFrequencyCaps(app.database.pool), counts: new Map() }
  return {
    recipientId: recipient.userId,
    at,
    decisions: foresee(notification, recipient, at, app.policy, frequency),
    ...renderEach(template, notification.channels, recipient, { data: data ?? {}, push: push ?? null }),
  }
}

async function findRecipient(userId: string, { app }: Context): Promise<Recipient> {
  const found = isStorableText(userId) ? await readRecipients(app.database.pool, [userId]) : undefined
  const recipient = found?.get(userId)
  if (recipient === undefined) throw new NotFound('user', userId)
  return recipient
}

export function decidable(
  input: SendRequest & { readonly routing: Routing },
  template: TemplateVersion,
  acceptedAt: Date,
): Decidable {
  const { tier, category } = template
  const channels = chosenChannels(input, template)
  return { tier, category, channels, routing: input.routing, expiresAt: deadline(input, template, acceptedAt) }
}
