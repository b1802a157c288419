import { execFileSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

export type Env = Readonly<Record<string, string | undefined>>

/** A program on this machine, and the version it says it is. */
export interface Program {
  readonly path: string
  readonly version: string
}

/** The first of the named programs on PATH that is new enough. */
export function findProgram(names: readonly string[], atLeast: string, env: Env): Program | undefined {
  for (const name of names) {
    const path = onPath(name, env)
    const version = path === undefined ? undefined : versionOf(path)
    if (path !== undefined && version !== undefined && isAtLeast(version, atLeast)) return { path, version }
  }
  return undefined
}

export function onPath(name: string, env: Env): string | undefined {
  return (env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutable)
}

/** The first thing that looks like a version in what `--version` prints. */
export function versionOf(path: string): string | undefined {
  try {
    const said = execFileSync(path, ['--version'], { encoding: 'utf8', stdio: 'pipe', timeout: 10_000 })
    return /(\d+\.\d+(?:\.\d+)?)/.exec(said)?.[1]
  } catch {
    return undefined
  }
}

export function isAtLeast(version: string, wanted: string): boolean {
  const has = version.split('.').map(Number)
  const wants = wanted.split('.').map(Number)
  for (const [at, part] of wants.entries()) {
    const difference = (has[at] ?? 0) - part
    if (difference !== 0) return difference > 0
  }
  return true
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
