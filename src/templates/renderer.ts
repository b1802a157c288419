import type { ContentOf, RichPush } from '../domain/content.ts'
import type { Recipient } from '../domain/decide.ts'
import type { Channel } from '../domain/words.ts'
import type { CompiledTemplate } from './compile.ts'
import { renderContent } from './render.ts'

/** Renders a notification for one recipient after another. Throws RenderError where a variable is missing. */
export type Renderer = <C extends Channel>(channel: C, recipient: Recipient) => ContentOf<C>

/** What a notification says, besides its template. */
export interface Said {
  readonly data: unknown
  readonly push: RichPush | null
}

export function rendererOf(template: CompiledTemplate, { data, push }: Said): Renderer {
  // Most texts do not speak of their reader: what one of them gets, everybody with her language gets.
  const shared: { readonly [C in Channel]: Map<string, ContentOf<C>> } = {
    IN_APP: new Map(),
    PUSH: new Map(),
    EMAIL: new Map(),
    SMS: new Map(),
  }
  return (channel, { userId, attributes, preferences: { locale } }) => {
    const known = shared[channel].get(locale)
    if (known !== undefined) return known
    let isPersonal = false
    const content = renderContent(template, channel, {
      locale,
      data,
      push,
      get user() {
        isPersonal = true
        return { userId, attributes }
      },
    })
    if (!isPersonal) shared[channel].set(locale, content)
    return content
  }
}
