import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The secret of that name: made once, then the same at every start. */
export type Secrets = (name: string, make: () => string) => string

/** Keeps each secret in a file of its own that only its owner can read. */
export function openSecrets(folder: string): Secrets {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return (name, make) => readSecret(folder, name) ?? keep(join(folder, name), make())
}

export function readSecret(folder: string, name: string): string | undefined {
  try {
    return readFileSync(join(folder, name), 'utf8')
  } catch {
    return undefined
  }
}

/** Everything that is kept in a folder of secrets; nothing when there is no such folder. */
export function readSecrets(folder: string): readonly string[] {
  if (!existsSync(folder)) return []
  const names = readdirSync(folder).filter((name) => !name.endsWith('.ndjson'))
  return names.flatMap((name) => readSecret(folder, name) ?? [])
}

/** Written beside and renamed, so that a kill never leaves half a key behind. */
function keep(path: string, secret: string): string {
  writeFileSync(`${path}.new`, secret, { mode: 0o600 })
  renameSync(`${path}.new`, path)
  return secret
}

/** `length` characters of an alphabet, as providers make their ids; no alphabet here is longer than 64. */
export function randomText(length: number, alphabet: string): string {
  return Array.from(randomBytes(length), (byte) => alphabet.charAt(byte % alphabet.length)).join('')
}
