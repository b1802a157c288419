import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** How to run a server in the foreground. */
export interface Command {
  readonly argv: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly uid?: number
  readonly gid?: number
}

export interface GuardOptions {
  readonly stopSignal: 'INT' | 'TERM'
  readonly graceSeconds: number
  readonly pidFile: string
  readonly logFile: string
}

export interface Guarded {
  /** Resolves with how it ended: "exit code 1", "signal SIGKILL". */
  readonly ended: Promise<string>
  stop(): Promise<void>
}

// The text, not the file: a server's user need not be able to read the folder that Carillon is in.
const script = readFileSync(join(import.meta.dirname, 'guard.sh'), 'utf8').replaceAll(/^(#.*)?\n/gm, '')

/** Starts a server that ends when {@link Guarded.stop} is called or when this process is gone, however it went. */
export function runGuarded(command: Command, options: GuardOptions): Guarded {
  const pid = openSync(options.pidFile, 'w')
  const log = openSync(options.logFile, 'a')
  const guard = spawn(
    'sh',
    ['-c', script, 'carillon-guard', options.stopSignal, String(options.graceSeconds), ...command.argv],
    {
      stdio: ['pipe', log, log, pid],
      env: { PATH: process.env['PATH'], ...command.env },
      cwd: '/',
      // A session of its own: Ctrl-C in a terminal is for us; the servers are still needed while work in flight ends.
      detached: true,
      ...(command.uid !== undefined && { uid: command.uid }),
      ...(command.gid !== undefined && { gid: command.gid }),
    },
  )
  closeSync(pid)
  closeSync(log)
  // Writing to a guard that has just ended is no failure: `ended` tells.
  guard.stdin?.on('error', () => undefined)
  const ended = end(guard)
  return {
    ended,
    stop: async () => {
      guard.stdin?.end()
      await ended
    },
  }
}

function end(guard: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    guard.once('error', (error) => resolve(error.message))
    guard.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`))
  })
}
