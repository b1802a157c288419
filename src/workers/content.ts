import type { ContentOf } from '../domain/content.ts'
import type { Recipient } from '../domain/decide.ts'
import type { Notification } from '../domain/notification.ts'
import type { Channel } from '../domain/words.ts'
import type { Cipher } from '../store/cipher.ts'
import type { Database } from '../store/database.ts'
import { templateVersion } from '../store/templates.ts'
import { type CompiledTemplate, compileTemplate } from '../templates/compile.ts'
import { renderContent } from '../templates/render.ts'

/** Renders a notification for one recipient after another. Throws RenderError where a variable is missing. */
export type Renderer = <C extends Channel>(channel: C, recipient: Recipient) => ContentOf<C>

/** Versions never change, so a compiled one may be kept for as long as there is room. */
const compiled = new Map<string, CompiledTemplate>()
const keepCompiled = 500

/** Reads what it takes to render a notification: its template version and its data, which may be sealed. */
export async function openRenderer(database: Database, cipher: Cipher, notification: Notification): Promise<Renderer> {
  const template = await compiledVersion(database, notification.template, notification.templateVersion)
  const data = notification.secret === null ? notification.data : JSON.parse(cipher.decrypt(notification.secret))
  const { push } = notification
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

/** A version of a template, parsed; kept for the next one who asks. */
export async function compiledVersion(database: Database, name: string, version: number): Promise<CompiledTemplate> {
  const key = `${name}@${version}`
  const known = compiled.get(key)
  if (known !== undefined) return known
  const found = await templateVersion(database, name, version)
  if (found === undefined) throw new Error(`template ${key} is gone`)
  const fresh = compileTemplate(found)
  const [oldest] = compiled.keys()
  if (compiled.size >= keepCompiled && oldest !== undefined) compiled.delete(oldest)
  compiled.set(key, fresh)
  return fresh
}
