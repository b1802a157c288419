import type { Notification } from '../domain/notification.ts'
import type { Cipher } from '../store/cipher.ts'
import type { Database } from '../store/database.ts'
import { templateVersion } from '../store/templates.ts'
import { type CompiledTemplate, compileTemplate } from '../templates/compile.ts'
import { type Renderer, rendererOf } from '../templates/renderer.ts'

export type { Renderer } from '../templates/renderer.ts'

/** Versions never change, so a compiled one may be kept for as long as there is room. */
const compiled = new Map<string, CompiledTemplate>()
const keepCompiled = 500

/** Reads what it takes to render a notification: its template version and its data, which may be sealed. */
export async function openRenderer(database: Database, cipher: Cipher, notification: Notification): Promise<Renderer> {
  const template = await compiledVersion(database, notification.template, notification.templateVersion)
  const data = notification.secret === null ? notification.data : JSON.parse(cipher.decrypt(notification.secret))
  return rendererOf(template, { data, push: notification.push })
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
