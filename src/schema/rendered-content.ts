import type { Contents, RichPush } from '../domain/content.ts'
import type { Recipient } from '../domain/decide.ts'
import type { TemplateVersion } from '../domain/template.ts'
import type { Channel as ChannelWord } from '../domain/words.ts'
import { compileTemplate } from '../templates/compile.ts'
import { renderContent } from '../templates/render.ts'
import { RenderError } from '../templates/render-error.ts'
import { builder } from './builder.ts'
import { Channel } from './words.ts'

export interface RenderedContentShape {
  readonly channel: ChannelWord
  readonly title?: string
  readonly subject?: string
  readonly body: string
  readonly html?: string
  readonly segments?: number
}

export const RenderedContent = builder.objectRef<RenderedContentShape>('RenderedContent').implement({
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

export interface RenderedEach {
  readonly contents: readonly RenderedContentShape[]
  /** Of the channels that cannot be rendered. */
  readonly problems: readonly string[]
}

/** What a recipient would get on each channel, by the same function as when it is sent. */
export function renderEach(
  template: TemplateVersion,
  channels: readonly ChannelWord[],
  { userId, attributes, preferences }: Recipient,
  { data, push }: { readonly data: unknown; readonly push: RichPush | null },
): RenderedEach {
  const compiled = compileTemplate(template)
  const input = { locale: preferences.locale, data, user: { userId, attributes }, push }
  const contents: RenderedContentShape[] = []
  const problems: string[] = []
  for (const channel of channels) {
    try {
      contents.push(shapeOf[channel]((each) => renderContent(compiled, each, input)))
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
