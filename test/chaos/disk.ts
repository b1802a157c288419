import { spawnSync } from 'node:child_process'
import { statfsSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../../src/local/until.ts'

/** The disk that the data folder is on. */
export interface Disk {
  /** Leaves no room on it. */
  fill(): Promise<void>
  free(): Promise<void>
}

/** A limit, not memory: NATS sets three quarters of what is free aside for its streams. */
const size = '16g'
const script = join(import.meta.dirname, 'disk.sh')

/** What runs a command with a disk of its own at `folder`; undefined where this user may not have one. */
export function withDisk(folder: string, command: readonly string[]): readonly string[] | undefined {
  if (process.platform !== 'linux') return undefined
  const isRoot = process.getuid?.() === 0
  // Whoever is not root is it in a name space of their own, to mount; and is who they were in another one below.
  const outside = isRoot
    ? ['unshare', '--mount', '--propagation', 'private']
    : ['unshare', '--user', '--map-root-user', '--mount', '--propagation', 'private']
  const inside = isRoot
    ? []
    : ['unshare', '--user', `--map-user=${process.getuid?.()}`, `--map-group=${process.getgid?.()}`]
  const wrapped = (inner: readonly string[]) => [...outside, 'sh', script, folder, size, ...inside, ...inner]
  const [program = '', ...args] = wrapped(['true'])
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0 ? wrapped(command) : undefined
}

/** The disk that `withDisk` has put at the data folder: only in the process that it runs. */
export function openDisk(folder: string): Disk {
  const freeBytes = () => {
    const { bfree, bsize } = statfsSync(folder)
    return bfree * bsize
  }
  const order = (bytes: string) => writeSync(3, `${bytes}\n`)
  return {
    async fill() {
      const isFull = async () => {
        if (freeBytes() < 65_536) return true
        const { blocks, bfree, bsize } = statfsSync(folder)
        // What is written in between makes the number too small, which is refused: then once more.
        order(String((blocks - bfree) * bsize))
        return false
      }
      await until(isFull, 5_000)
    },
    async free() {
      order(size)
      await until(() => freeBytes() > 2 ** 30, 5_000)
    },
  }
}
