import type { Action, ContentOf, InAppContent, RichPush, RichPushAction } from '../domain/content.ts'
import type { Channel } from '../domain/words.ts'
import type { CompiledCard, CompiledTemplate, CompiledTexts } from './compile.ts'
import { htmlToText } from './html-to-text.ts'
import { safeImage, safeLink } from './links.ts'
import { RenderError } from './render-error.ts'
import { smsSegments } from './sms-segments.ts'
import type { Scope } from './text.ts'

export interface RenderInput {
  /** BCP 47. */
  readonly locale: string
  /** The fields of an object are variables: `{{ code }}`, and also `{{ data.code }}`. */
  readonly data: unknown
  /** Read only where a text speaks of her: who gives a getter learns whether this is for her alone. */
  readonly user: RenderedUser
  /** Over the template's, and for PUSH only. */
  readonly push?: RichPush | null | undefined
}

/** What a template may say of its reader: `{{ user.userId }}`, `{{ user.attributes.plan }}`, `{{ user.plan }}`. */
export interface RenderedUser {
  readonly userId: string
  readonly attributes: unknown
}

/**
 * What one recipient gets on one channel.
 *
 * Her language, as RFC 4647 looks it up ("pt-BR", "pt"), else English, else the first the template has; a language that
 * has no text for the channel is passed over. A link that nobody may follow is left out.
 *
 * Throws {@link RenderError} when a variable is missing, a limit is passed, or no language has the channel.
 */
export function renderContent<C extends Channel>(
  compiled: CompiledTemplate,
  channel: C,
  input: RenderInput,
): ContentOf<C> {
  const texts = textsFor(compiled, channel, input.locale)
  if (texts === undefined) throw new RenderError(channel, `template "${compiled.name}" has no text for it`)
  try {
    return renderers[channel](texts, scopeOf(input), input.push ?? {})
  } catch (error) {
    throw new RenderError(channel, error instanceof Error ? error.message : String(error), error)
  }
}

type Renderers = {
  readonly [C in Channel]: (texts: CompiledTexts[C], scope: Scope, push: RichPush) => ContentOf<C>
}

const renderers: Renderers = {
  IN_APP: renderCard,
  PUSH: (texts, scope, push) => overridden(renderCard(texts, scope), push),
  EMAIL: ({ subject, html, text }, scope) => {
    const rendered = html(scope)
    return { subject: oneLine(subject(scope)), html: rendered, text: text?.(scope) ?? htmlToText(rendered) }
  },
  SMS: (texts, scope) => {
    const body = texts.body(scope).trim()
    return { body, segments: smsSegments(body) }
  },
}

function textsFor<C extends Channel>(
  { contents }: CompiledTemplate,
  channel: C,
  locale: string,
): CompiledTexts[C] | undefined {
  for (const wanted of lookup(locale.toLowerCase())) {
    const texts = contents.find((content) => content.locale === wanted)?.texts[channel]
    if (texts !== undefined) return texts
  }
  return contents.find((content) => content.texts[channel] !== undefined)?.texts[channel]
}

/** "zh-hant-tw", "zh-hant", "zh", "en" */
function lookup(locale: string): readonly string[] {
  const parts = locale.split('-')
  return [...parts.map((_, index) => parts.slice(0, parts.length - index).join('-')), 'en']
}

function scopeOf(input: RenderInput): Scope {
  const { data } = input
  return {
    data,
    ...fields(data),
    get user() {
      const { userId, attributes } = input.user
      return { ...fields(attributes), userId, attributes: fields(attributes) }
    },
  }
}

function fields(value: unknown): object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
}

function renderCard({ title, body, imageUrl, deepLink, actions }: CompiledCard, scope: Scope): InAppContent {
  return {
    title: title(scope).trim(),
    body: body(scope).trim(),
    imageUrl: imageUrl && safeImage(imageUrl(scope)),
    deepLink: deepLink && safeLink(deepLink(scope)),
    actions: actions.map((action) => ({
      id: action.id,
      title: action.title(scope).trim(),
      deepLink: action.deepLink && safeLink(action.deepLink(scope)),
    })),
  }
}

function overridden(card: InAppContent, { imageUrl, deepLink, actions }: RichPush): InAppContent {
  return {
    ...card,
    imageUrl: imageUrl ? safeImage(imageUrl) : card.imageUrl,
    deepLink: deepLink ? safeLink(deepLink) : card.deepLink,
    actions: actions?.map(asAction) ?? card.actions,
  }
}

function asAction({ id, title, deepLink }: RichPushAction): Action {
  return { id, title, deepLink: deepLink ? safeLink(deepLink) : undefined }
}

/** A line break in a subject would end the header it is written into. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim()
}
