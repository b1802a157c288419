import type { CardTemplate, TemplateContent, TemplateVersion } from '../domain/template.ts'
import type { Channel } from '../domain/words.ts'
import { parseText, type Text } from './text.ts'

/** A template whose every text has been parsed: render it as often as there are recipients. */
export interface CompiledTemplate {
  readonly name: string
  readonly version: number
  readonly readCancelsOthers: boolean
  readonly inboxFallback: boolean
  readonly contents: readonly CompiledContent[]
}

export interface CompiledContent {
  /** Lower case. */
  readonly locale: string
  readonly texts: { readonly [C in Channel]: CompiledTexts[C] | undefined }
}

export interface CompiledTexts {
  readonly IN_APP: CompiledCard
  readonly PUSH: CompiledCard
  readonly EMAIL: { readonly subject: Text; readonly html: Text; readonly text: Text | undefined }
  readonly SMS: { readonly body: Text }
}

export interface CompiledCard {
  readonly title: Text
  readonly body: Text
  readonly imageUrl: Text | undefined
  readonly deepLink: Text | undefined
  readonly actions: readonly { readonly id: string; readonly title: Text; readonly deepLink: Text | undefined }[]
}

/** Throws where a text is not Liquid, which `templateProblems` has ruled out for every stored version. */
export function compileTemplate({ contents, ...template }: TemplateVersion): CompiledTemplate {
  const { name, version, readCancelsOthers, inboxFallback } = template
  return { name, version, readCancelsOthers, inboxFallback, contents: contents.map(compileContent) }
}

function compileContent({ locale, inApp, push, email, sms }: TemplateContent): CompiledContent {
  return {
    locale: locale.toLowerCase(),
    texts: {
      IN_APP: inApp && compileCard(inApp),
      PUSH: push && compileCard(push),
      EMAIL: email && {
        subject: parseText(email.subject, 'plain'),
        html: parseText(email.html, 'html'),
        text: optional(email.text),
      },
      SMS: sms && { body: parseText(sms.body, 'plain') },
    },
  }
}

function compileCard({ title, body, imageUrl, deepLink, actions }: CardTemplate): CompiledCard {
  return {
    title: parseText(title, 'plain'),
    body: parseText(body, 'plain'),
    imageUrl: optional(imageUrl),
    deepLink: optional(deepLink),
    actions: (actions ?? []).map((action) => ({
      id: action.id,
      title: parseText(action.title, 'plain'),
      deepLink: optional(action.deepLink),
    })),
  }
}

function optional(source: string | undefined): Text | undefined {
  return source ? parseText(source, 'plain') : undefined
}
