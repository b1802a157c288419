import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

/** Secrets of a local installation, made once and kept in its data folder. */
const keysOf = z.object({
  secretKey: z.string(),
  viewerSecret: z.string(),
  apiKey: z.string(),
  bulkApiKey: z.string(),
  adminApiKey: z.string(),
})
export type LocalKeys = z.infer<typeof keysOf>

export async function openKeys(dataDir: string): Promise<LocalKeys> {
  const file = join(dataDir, 'keys.json')
  const kept = await readFile(file, 'utf8').catch(() => undefined)
  if (kept !== undefined) return keysOf.parse(JSON.parse(kept))
  const keys = {
    secretKey: randomBytes(32).toString('base64url'),
    viewerSecret: randomBytes(32).toString('base64url'),
    apiKey: anApiKey(),
    bulkApiKey: anApiKey(),
    adminApiKey: anApiKey(),
  }
  await mkdir(dataDir, { recursive: true })
  await writeFile(file, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600 })
  return keys
}

function anApiKey(): string {
  return `car_${randomBytes(32).toString('base64url')}`
}
