import { readFileSync } from 'node:fs'
import { commandLine } from './command-line.ts'
import { LocalFailure } from './failure.ts'
import type { Say } from './say.ts'
import { until } from './until.ts'

export interface Leftover {
  readonly name: string
  readonly pidFile: string
  /** Part of the server's command line that only the server of this data folder has. */
  readonly marker: string
  readonly stopSignal: 'INT' | 'TERM'
}

/**
 * Sees an earlier server of the same data folder out, so that two never write to the same files.
 *
 * After a `kill -9` of the process that started it, it may still be on its way down.
 */
export async function endLeftover(leftover: Leftover, say: Say): Promise<void> {
  const pid = readPid(leftover.pidFile)
  const gone = () => pid === undefined || !runs(pid, leftover.marker)
  if (pid === undefined || gone()) return
  say(`${leftover.name}: waiting for the server of the previous run to stop (process ${pid})`)
  tell(pid, `SIG${leftover.stopSignal}`)
  if (await until(gone, 15_000)) return
  tell(pid, 'SIGKILL')
  if (await until(gone, 2_000)) return
  throw new LocalFailure(`${leftover.name} of the previous run (process ${pid}) does not stop: end it and start again.`)
}

function readPid(file: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(file, 'utf8'), 10)
    return pid > 1 ? pid : undefined
  } catch {
    return undefined
  }
}

function runs(pid: number, marker: string): boolean {
  // Process ids are used again: the command line has to agree. One that has ended has none, even before it is buried.
  return commandLine(pid).includes(marker)
}

function tell(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // Gone in this very moment, or not ours to stop: what happens next tells.
  }
}
