import { accessSync, constants, mkdirSync } from 'node:fs'
import { join } from 'node:path'

/** Where servers that were fetched are kept: shared by the data folders of a checkout, unless it is read-only. */
export function cacheFolder(dataDir: string): string {
  const shared = join(import.meta.dirname, '../../node_modules/.cache/carillon')
  try {
    mkdirSync(shared, { recursive: true })
    accessSync(shared, constants.W_OK)
    return shared
  } catch {
    return join(dataDir, 'servers')
  }
}
