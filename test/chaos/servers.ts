import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { commandLine } from '../../src/local/command-line.ts'
import type { RunningServer } from '../../src/local/server.ts'
import { type LocalServers, startServers } from '../../src/local/servers.ts'
import { talk } from '../../src/local/talk.ts'
import type { ServerName } from './plan.ts'

/** PostgreSQL, Redis and NATS of a stage; what dies is started again on its port. */
export interface Servers extends LocalServers {
  port(name: ServerName): number
  signal(name: ServerName, signal: NodeJS.Signals): void
  /** Empties Redis. */
  flush(): Promise<void>
  /** Ends NATS with nothing left of what it had stored. */
  loseDisk(): Promise<void>
}

export async function openServers(dataDir: string, say: (line: string) => void): Promise<Servers> {
  const servers = await startServers({ dataDir, env: { PATH: process.env['PATH'] }, say })
  const named = (name: ServerName): RunningServer => {
    const server = servers.running.find(({ key }) => key === name)
    if (server === undefined) throw new Error(`${name} is not there: the suite needs it`)
    return server
  }
  /** undefined while it is being started again. The number of a process that has ended may be somebody else's. */
  const pidOf = (name: ServerName): number | undefined => {
    const pid = named(name).pid()
    return commandLine(pid).includes(dataDir) ? pid : undefined
  }
  const signal = (name: ServerName, which: NodeJS.Signals) => {
    const pid = pidOf(name)
    if (pid !== undefined) process.kill(pid, which)
  }
  return {
    ...servers,
    port: (name) => named(name).port,
    signal,
    async flush() {
      await talk(named('redis').port, `AUTH ${new URL(named('redis').url).password}\r\nFLUSHALL\r\n`)
    },
    async loseDisk() {
      // Stopped first: it is started again as soon as it is gone, and must not find half of it.
      signal('nats', 'SIGSTOP')
      await rm(join(dataDir, 'nats/jetstream'), { recursive: true, force: true })
      signal('nats', 'SIGKILL')
    },
  }
}
