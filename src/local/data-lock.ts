import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { LocalFailure } from './failure.ts'

export interface DataLock {
  release(): void
}

/**
 * Takes a data folder for this process alone, or says who has it.
 *
 * The lock is the operating system's, on a file that SQLite holds open: it ends with the process however that
 * ends, so there are no stale ones.
 */
export function lockData(dataDir: string): DataLock {
  mkdirSync(dataDir, { recursive: true, mode: 0o711 })
  const holderFile = join(dataDir, 'lock.pid')
  const lock = open(join(dataDir, 'lock'))
  try {
    lock.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    if (!isBusy(error)) throw error
    throw new LocalFailure(
      `${dataDir} is in use by another Carillon (process ${holder(holderFile)}): stop that one first, ` +
        'or give this one a folder of its own with CARILLON_DATA_DIR.',
    )
  }
  writeFileSync(holderFile, `${process.pid}\n`)
  return {
    release: () => {
      if (lock.isOpen) lock.close()
    },
  }
}

function open(file: string): DatabaseSync {
  try {
    // A process that was killed this very moment needs a few milliseconds to let go.
    return new DatabaseSync(file, { timeout: 1_000 })
  } catch (error) {
    throw new LocalFailure(`The data folder cannot be used: ${file} cannot be opened for writing.`, { cause: error })
  }
}

function isBusy(error: unknown): boolean {
  const SQLITE_BUSY = 5
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY
}

function holder(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return 'unknown'
  }
}
