import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import type { Env } from '../../src/local/program.ts'

export interface Program {
  readonly name: string
  /** A file and its arguments, for the Node that runs this. */
  readonly args: readonly string[]
  /** All of its environment. Ports belong in here: it is started again with the same. */
  readonly env: Env
  readonly logFile: string
  /** Answers 200 once it is ready. */
  readonly readyUrl: string
}

/** A process that is started again whenever it ends, as an orchestrator would. */
export interface Supervised {
  readonly name: string
  /** Ends its present life, if it has one at the moment. */
  kill(): void
  /** Stops it where it stands, and lets it go on after so long. */
  freeze(ms: number): Promise<void>
  isReady(): Promise<boolean>
  /** How each life ended that nobody had ended. */
  crashes(): readonly string[]
  stop(): Promise<void>
}

const startAgainAfterMs = 250
/** A process has ten seconds to finish what is in flight. */
const graceMs = 11_000

export function supervise({ name, args, env, logFile, readyUrl }: Program): Supervised {
  const crashes: string[] = []
  const killed = new WeakSet<ChildProcess>()
  const holders = new Set<ChildProcess>()
  let stopping = false
  let child = start()
  const ended = watch()

  function start(): ChildProcess {
    const log = openSync(logFile, 'a')
    const started = spawn(process.execPath, args, {
      env: { ...env, CARILLON_PARENT: 'stdin' },
      stdio: ['pipe', log, log],
      // A session of its own: Ctrl-C in a terminal is for whoever plays the faults.
      detached: true,
    })
    closeSync(log)
    started.stdin?.on('error', () => undefined)
    return started
  }

  async function watch(): Promise<void> {
    for (;;) {
      const how = await end(child)
      if (stopping) return
      if (!killed.has(child)) crashes.push(how)
      await pause(startAgainAfterMs)
      if (stopping) return
      child = start()
    }
  }

  return {
    name,
    kill() {
      killed.add(child)
      child.kill('SIGKILL')
    },
    async freeze(ms) {
      if (child.pid === undefined || child.exitCode !== null) return
      // By a process of its own: it goes on even when whoever plays the faults is gone.
      const script = 'kill -STOP "$1" && sleep "$2"; kill -CONT "$1"'
      const holder = spawn('sh', ['-c', script, 'freeze', String(child.pid), String(ms / 1000)], {
        stdio: 'ignore',
        detached: true,
      })
      holders.add(holder)
      await once(holder, 'exit')
      holders.delete(holder)
    },
    isReady: () =>
      fetch(readyUrl, { signal: AbortSignal.timeout(5_000) }).then(
        ({ ok }) => ok,
        () => false,
      ),
    crashes: () => crashes,
    async stop() {
      stopping = true
      for (const { pid } of holders) if (pid !== undefined) process.kill(-pid, 'SIGKILL')
      child.kill('SIGCONT')
      child.kill('SIGTERM')
      const patience = setTimeout(() => child.kill('SIGKILL'), graceMs)
      await ended
      clearTimeout(patience)
    },
  }
}

/** Resolves with how it ended, at once if it has. */
function end(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    const tell = () => resolve(child.signalCode === null ? `exit code ${child.exitCode}` : `signal ${child.signalCode}`)
    if (child.exitCode !== null || child.signalCode !== null) return tell()
    child.once('exit', tell).once('error', (error) => resolve(error.message))
  })
}
