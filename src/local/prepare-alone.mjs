import { createHash } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** Lets one process at a time prepare a checkout: `npm ci` begins by removing what another may be using. */
export async function prepareAlone(root, say, prepare) {
  const name = createHash('sha256').update(root).digest('hex').slice(0, 16)
  const lock = join(tmpdir(), `carillon-prepare-${name}.pid`)
  for (let waited = false; !take(lock); waited = true) {
    if (!waited) say(`waiting for process ${holder(lock)}, which is preparing this checkout`)
    await pause(200)
  }
  try {
    await prepare()
  } finally {
    rmSync(lock, { force: true })
  }
}

function take(lock) {
  try {
    writeFileSync(lock, `${process.pid}\n`, { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    if (!runs(holder(lock))) rmSync(lock, { force: true })
    return false
  }
}

function holder(lock) {
  try {
    return Number.parseInt(readFileSync(lock, 'utf8'), 10)
  } catch {
    return Number.NaN
  }
}

function runs(pid) {
  // Between making the file and writing to it there is no number in it: that one runs.
  if (Number.isNaN(pid)) return true
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
